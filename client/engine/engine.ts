import type { StackTimeoutsClient } from '../client.ts';
import { backoff } from '../retry.ts';
import { type Attempt, UNWIND_MS } from './attempt.ts';
import { type EngineEvent, faultOf } from './events.ts';
import { type EngineSettings, settingsOf } from './settings.ts';
import { takeWork } from './take-work.ts';
import { type Sleep, settledWithin, unlessAborted } from './waiting.ts';
import type { Handler } from './work.ts';
import type { WorkMessage, WorkQueue } from './work-queue.ts';

export interface EngineOptions {
  readonly client: StackTimeoutsClient;
  /** Where the work comes from, for example `sqsWorkQueue(new SQSClient(), workQueueUrl)`. */
  readonly queue: WorkQueue;
  /**
   * By resource type, by action (`CREATE`), or `*` for everything else; looked for in this order. Work without a
   * handler is put back for other engines on the queue, each time for longer, up to 30 s. After 100 deliveries
   * (`workMaxReceiveCount`, about 50 minutes) its message goes to the dead-letter queue, whether or not there are
   * such engines; the work itself stays QUEUED, and is offered again each hour at the latest.
   */
  readonly handlers: Readonly<Record<string, Handler>>;
  /**
   * Names this engine in statuses and to whoever looks for the one that holds an attempt.
   * @default host name, process id and a random part
   */
  readonly engineId?: string;
  /**
   * How many handlers run at once. One that does not heed its signal counts until it ends.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * How long run() waits for the work under way, after its signal fired, before it gives it back. 0: not at all.
   * Leave the process some 6 s more before it is killed.
   * @default 10
   */
  readonly shutdownSeconds?: number;
  /**
   * Time from one heartbeat to the next, of attempts that have a heartbeat timeout.
   * @default a third of that timeout, from 0.2 to 60 s
   */
  readonly heartbeatEverySeconds?: number;
  /** Told what happens, for logs. What it throws is ignored. */
  readonly onEvent?: (event: EngineEvent) => void;
  /**
   * Milliseconds by a clock that nobody sets.
   * @default performance.now
   */
  readonly now?: () => number;
  /** @default setTimeout */
  readonly sleep?: Sleep;
  /** @default Math.random */
  readonly random?: () => number;
  /**
   * Makes a claimId.
   * @default crypto.randomUUID
   */
  readonly newId?: () => string;
}

/** SQS gives no more messages at once. */
const LARGEST_BATCH = 10;
/** How long an engine that ends waits for the service to take its attempts back. */
const RELEASE_MS = 5000;

/**
 * Does the work that is dispatched: takes it from the work queue, claims it, keeps its attempt alive with heartbeats,
 * calls a handler and reports what came of it. The engine holds no timer that matters: when it dies, the service
 * notices, and another engine gets the work.
 *
 * ```ts
 * const engine = new Engine({
 *   client: new StackTimeoutsClient({ functionName }),
 *   queue: sqsWorkQueue(new SQSClient(), workQueueUrl),
 *   handlers: {
 *     'OS::Nova::Server': async ({ resource, input, signal }) => {
 *       const response = await fetch(novaUrl, { method: 'POST', body: JSON.stringify(input), signal });
 *       if (response.status === 400) throw new WorkFailed('no such flavor', { retryable: false });
 *       return response.json();
 *     },
 *   },
 *   onEvent: (event) => console.log(JSON.stringify(event)),
 * });
 * await engine.run(stopOnSignals());
 * process.exit(); // Whatever a handler has left running.
 * ```
 */
export class Engine {
  readonly #settings: EngineSettings;
  /** Everything that takes up a place, until its handler has ended too. */
  readonly #places = new Set<Promise<void>>();
  /** All that the end waits for: messages that are not done with. */
  readonly #open = new Set<Promise<unknown>>();
  readonly #attempts = new Map<Attempt, Promise<void>>();
  #placeFreed: () => void = () => undefined;
  #running = false;

  /** Throws a RangeError for an option that cannot be. */
  constructor(options: EngineOptions) {
    this.#settings = settingsOf(options);
  }

  /**
   * Works until the signal fires; resolves when nothing is under way any more. What cannot be finished within
   * `shutdownSeconds` is released, so that another engine can have it at once, without an attempt being consumed.
   * Rejects only if it runs already.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('this engine runs already');
    this.#running = true;
    const { sleep, shutdownMs } = this.#settings;
    await this.#poll(signal);
    await settledWithin(this.#places, shutdownMs, sleep);
    for (const attempt of this.#attempts.keys()) attempt.shutDown();
    await settledWithin(this.#open, UNWIND_MS + RELEASE_MS, sleep);
    for (const attempt of this.#attempts.keys()) attempt.abandon();
    await Promise.all(this.#attempts.values());
    this.#running = false;
  }

  async #poll(stop: AbortSignal): Promise<void> {
    const { queue, concurrency, sleep, random, emit } = this.#settings;
    let failures = 0;
    while (!stop.aborted) {
      const free = concurrency - this.#places.size;
      if (free <= 0) {
        await unlessAborted(this.#nextFreePlace(), stop);
        continue;
      }
      try {
        const messages = await queue.receive(Math.min(free, LARGEST_BATCH), stop);
        failures = 0;
        for (const message of messages) this.#take(message, stop);
      } catch (error) {
        // Asked to stop, a queue may well answer with an error.
        if (stop.aborted) return;
        emit({ ...faultOf(error), during: 'receive' });
        await sleep(backoff(++failures, random), stop);
      }
    }
  }

  #nextFreePlace(): Promise<void> {
    return new Promise((resolve) => {
      this.#placeFreed = resolve;
    });
  }

  #take(message: WorkMessage, stop: AbortSignal): void {
    const done = this.#process(message, stop);
    const place = done.then((attempt) => attempt?.handled());
    this.#keepOpen(done);
    this.#places.add(place);
    void place.finally(() => {
      this.#places.delete(place);
      this.#placeFreed();
    });
  }

  #keepOpen(promise: Promise<unknown>): void {
    this.#open.add(promise);
    void promise.finally(() => this.#open.delete(promise));
  }

  /** The attempt that came of a message, when nothing more is said about it. */
  async #process(message: WorkMessage, stop: AbortSignal): Promise<Attempt | undefined> {
    const taken = await takeWork(this.#settings, message, stop);
    if (!taken) return undefined;
    const { attempt, deleted } = taken;
    // The end waits for it, new work does not.
    this.#keepOpen(deleted);
    const run = attempt.run();
    this.#attempts.set(attempt, run);
    await run;
    this.#attempts.delete(attempt);
    return attempt;
  }
}
