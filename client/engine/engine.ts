import { backoff } from '../retry.ts';
import { type Attempt, UNWIND_MS } from './attempt.ts';
import { faultOf } from './events.ts';
import { type EngineOptions, type EngineSettings, settingsOf } from './settings.ts';
import { takeWork } from './take-work.ts';
import { settledWithin, unlessAborted } from './waiting.ts';
import type { WorkMessage } from './work-queue.ts';

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
