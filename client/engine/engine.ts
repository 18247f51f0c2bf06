import { backoff } from '../retry.ts';
import { type Attempt, HANDLER_STOP_MS } from './attempt.ts';
import { faultOf } from './events.ts';
import { type EngineOptions, type EngineSettings, settingsOf } from './settings.ts';
import { takeWork } from './take-work.ts';
import { allSettledWithin, unlessAborted } from './waiting.ts';
import type { WorkMessage } from './work-queue.ts';

/** The most messages that SQS delivers at once. */
const MAX_BATCH = 10;
/** How long an engine that shuts down waits for the service to confirm its releases. */
const RELEASE_TIMEOUT_MS = 5000;

/**
 * Does dispatched work: receives it from the work queue, claims it, runs a handler, keeps the
 * attempt alive with heartbeats and reports how it ended. No timer of the engine matters: when the
 * engine dies, the service detects it and another engine gets the work.
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
 * process.exit(); // Ends whatever a handler left running.
 * ```
 */
export class Engine {
  readonly #settings: EngineSettings;
  /** One for each message in work: taken until its handler has ended. */
  readonly #slots = new Set<Promise<void>>();
  /** What a shutdown waits for: everything still to be sent about a message or its attempt. */
  readonly #pending = new Set<Promise<unknown>>();
  readonly #attempts = new Map<Attempt, Promise<void>>();
  #onFreeSlot: () => void = () => undefined;
  #running = false;

  /** @throws RangeError for an invalid option. */
  constructor(options: EngineOptions) {
    this.#settings = settingsOf(options);
  }

  /**
   * Works until the signal fires, and resolves when nothing is under way any more. It releases what
   * it cannot finish within `shutdownSeconds`: another engine can have that at once, and no attempt
   * is consumed. Rejects only if the engine runs already.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('this engine runs already');
    this.#running = true;
    const { sleep, shutdownMs } = this.#settings;
    await this.#poll(signal);
    await allSettledWithin(shutdownMs, this.#slots, sleep);
    for (const attempt of this.#attempts.keys()) attempt.shutDown();
    await allSettledWithin(HANDLER_STOP_MS + RELEASE_TIMEOUT_MS, this.#pending, sleep);
    for (const attempt of this.#attempts.keys()) attempt.abandon();
    await Promise.all(this.#attempts.values());
    this.#running = false;
  }

  async #poll(stop: AbortSignal): Promise<void> {
    const { queue, concurrency, sleep, random, emit } = this.#settings;
    let failures = 0;
    while (!stop.aborted) {
      const free = concurrency - this.#slots.size;
      if (free <= 0) {
        await unlessAborted(this.#freeSlot(), stop);
        continue;
      }
      try {
        const messages = await queue.receive(Math.min(free, MAX_BATCH), stop);
        failures = 0;
        for (const message of messages) this.#start(message, stop);
      } catch (error) {
        // A queue that is told to stop may well answer with an error.
        if (stop.aborted) return;
        emit({ ...faultOf(error), during: 'receive' });
        await sleep(backoff(++failures, random), stop);
      }
    }
  }

  #freeSlot(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFreeSlot = resolve;
    });
  }

  #start(message: WorkMessage, stop: AbortSignal): void {
    const done = this.#process(message, stop);
    const slot = done.then((attempt) => attempt?.handlerEnded());
    this.#waitFor(done);
    this.#slots.add(slot);
    void slot.finally(() => {
      this.#slots.delete(slot);
      this.#onFreeSlot();
    });
  }

  /** Makes a shutdown wait for the promise. */
  #waitFor(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    void promise.finally(() => this.#pending.delete(promise));
  }

  /**
   * Resolves with the attempt that the message led to, when nothing more is to be sent about it.
   */
  async #process(message: WorkMessage, stop: AbortSignal): Promise<Attempt | undefined> {
    const claimed = await takeWork(this.#settings, message, stop);
    if (!claimed) return undefined;
    const { attempt, messageDeleted } = claimed;
    // A shutdown waits for it, the slot does not.
    this.#waitFor(messageDeleted);
    const run = attempt.run();
    this.#attempts.set(attempt, run);
    await run;
    this.#attempts.delete(attempt);
    return attempt;
  }
}
