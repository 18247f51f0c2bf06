import type { Resource } from '../../contract.ts';
import type { AttemptTime } from './attempt-time.ts';
import { type AttemptKey, faultOf } from './events.ts';
import { type Outcome, outcomeOf, withoutOutput } from './outcome.ts';
import type { EngineParts } from './parts.ts';
import { answeredWithin, settledWithin, unlessAborted, untilAnswered } from './waiting.ts';
import { AttemptLost, type Handler, ShuttingDown, type StopReason, TimeUp } from './work.ts';

/** What was claimed. */
export interface Claimed {
  readonly key: AttemptKey;
  readonly claimId: string;
  readonly resource: Resource;
  readonly input: unknown;
  readonly time: AttemptTime;
}

/** How long a handler has to stop when the engine shuts down, before others may have its work. */
export const UNWIND_MS = 1000;
/** setTimeout bears no more than 24 days. */
const LONGEST_TIMER_MS = 86_400_000;
/** A heartbeat that waits for its answer does not hold up the next one. */
const MOST_HEARTBEATS_PENDING = 2;
/** A heartbeat without an answer is given up when the next one is due, but not before a cold function can answer. */
const SHORTEST_CALL_MS = 1000;

/** A claimed attempt: runs its handler, with heartbeats, and tells the service how it ended. */
export class Attempt {
  readonly #parts: EngineParts;
  readonly #claimed: Claimed;
  readonly #handler: Handler;
  /** The handler's signal. */
  readonly #work = new AbortController();
  /** Nothing more is to be said about the attempt: ends the heartbeats, the clock and every retry. */
  readonly #over = new AbortController();
  #handling: Promise<Outcome | undefined> = Promise.resolve(undefined);
  /** The report is on its way. From here on its answer tells what became of the attempt, no longer a heartbeat's. */
  #closing = false;
  #heartbeatsPending = 0;

  constructor(parts: EngineParts, claimed: Claimed, handler: Handler) {
    this.#parts = parts;
    this.#claimed = claimed;
    this.#handler = handler;
  }

  /** Resolves when nothing more is said about the attempt. Its handler may go on if it does not heed its signal. */
  async run(): Promise<void> {
    void this.#watchTheClock();
    void this.#keepAlive();
    const outcome = await this.#handle();
    if (outcome) await this.#report(outcome);
    else if (this.#work.signal.reason instanceof ShuttingDown) await this.#release();
    else this.#lost(this.#work.signal.reason);
    this.#over.abort();
  }

  /** When the handler has ended; now if it was never started. */
  async handled(): Promise<void> {
    await this.#handling;
  }

  /** Stops the handler and gives the attempt back, unless its end is being reported already. */
  shutDown(): void {
    this.#work.abort(new ShuttingDown('the engine shuts down'));
  }

  /** Ends `run` at once, whatever it waits for. */
  abandon(): void {
    this.#over.abort(new ShuttingDown('the service gave no answer before the engine had to end'));
  }

  /** The handler's outcome, unless its signal fired before. */
  async #handle(): Promise<Outcome | undefined> {
    const { signal } = this.#work;
    if (signal.aborted) return undefined;
    const { resource, input } = this.#claimed;
    const work = { resource, input, signal, client: this.#parts.client };
    this.#handling = outcomeOf(() => this.#handler(work));
    const outcome = await unlessAborted(this.#handling, signal);
    return signal.aborted ? undefined : outcome;
  }

  async #report(outcome: Outcome): Promise<void> {
    this.#closing = true;
    let reported = outcome;
    let answer = await this.#complete(reported);
    if (answer?.ok === false && answer.error.code === 'ValidationError' && reported.output !== undefined) {
      reported = withoutOutput(reported, answer.error.message);
      answer = await this.#complete(reported);
    }
    const { key } = this.#claimed;
    if (!answer) return this.#lost(this.#over.signal.reason);
    if (!answer.ok) return this.#lost(new AttemptLost(`${answer.error.code}: ${answer.error.message}`));
    if (reported.status === 'COMPLETE') return this.#parts.emit({ type: 'completed', ...key });
    const { reason = '', retryable = true } = reported;
    this.#parts.emit({ type: 'failed', ...key, reason, retryable });
  }

  #complete(outcome: Outcome) {
    const { client } = this.#parts;
    return this.#persist('complete', () => client.completeResource({ ...this.#own(), ...outcome }));
  }

  async #release(): Promise<void> {
    this.#closing = true;
    await settledWithin([this.#handling], UNWIND_MS, this.#parts.sleep);
    const answer = await this.#persist('release', () => this.#parts.client.releaseResource(this.#own()));
    if (!answer) return this.#lost(this.#over.signal.reason);
    if (!answer.ok) return this.#lost(new AttemptLost(`${answer.error.code}: ${answer.error.message}`));
    this.#parts.emit({ type: 'released', ...this.#claimed.key });
  }

  async #watchTheClock(): Promise<void> {
    const { now, sleep } = this.#parts;
    for (;;) {
      // Heartbeats may have moved it.
      const left = this.#claimed.time.endsAt - now();
      if (left <= 0) break;
      await sleep(Math.min(left, LONGEST_TIMER_MS), this.#over.signal);
      if (this.#over.signal.aborted) return;
    }
    this.#stop(new TimeUp("the attempt's time is up"));
  }

  async #keepAlive(): Promise<void> {
    for (;;) {
      const every = this.#heartbeatEvery();
      if (every === undefined) return;
      await this.#parts.sleep(every, this.#over.signal);
      if (this.#over.signal.aborted) return;
      void this.#heartbeat(every);
    }
  }

  #heartbeatEvery(): number | undefined {
    const { heartbeatEvery } = this.#claimed.time;
    return heartbeatEvery === undefined ? undefined : (this.#parts.heartbeatEveryMs ?? heartbeatEvery);
  }

  /** The next one is due after `every` milliseconds. */
  async #heartbeat(every: number): Promise<void> {
    if (this.#heartbeatsPending >= MOST_HEARTBEATS_PENDING) return;
    const { client, now, sleep } = this.#parts;
    const limit = Math.max(SHORTEST_CALL_MS, every);
    let sentAt = now();
    const call = () => {
      sentAt = now();
      const send = (signal: AbortSignal) => client.heartbeat(this.#own(), { signal });
      return answeredWithin(limit, send, this.#over.signal, sleep);
    };
    this.#heartbeatsPending++;
    const answer = await this.#persist('heartbeat', call, every / 3);
    this.#heartbeatsPending--;
    if (answer?.ok && answer.remainingSeconds > 0) {
      this.#claimed.time.heard(answer.remainingSeconds, sentAt);
    } else if (answer && !this.#closing) {
      this.#stop(
        answer.ok
          ? new TimeUp('the service says that no time is left')
          : new AttemptLost(`${answer.error.code}: ${answer.error.message}`),
      );
    }
  }

  /** Nothing of the attempt counts any more. */
  #stop(reason: AttemptLost | TimeUp): void {
    this.#work.abort(reason);
    this.#over.abort(reason);
  }

  #lost({ code, message }: StopReason): void {
    this.#parts.emit({ type: 'lost', ...this.#claimed.key, code, reason: message });
  }

  #own() {
    return { ...this.#claimed.key, claimId: this.#claimed.claimId };
  }

  #persist<T>(
    during: 'heartbeat' | 'complete' | 'release',
    call: () => Promise<T>,
    longestDelayMs?: number,
  ): Promise<T | undefined> {
    const { sleep, random, emit } = this.#parts;
    const { key } = this.#claimed;
    const onFault = (error: unknown) => emit({ ...faultOf(error), during, ...key });
    const more = longestDelayMs !== undefined && { longestDelayMs };
    return untilAnswered(call, this.#over.signal, { sleep, random, onFault, ...more });
  }
}
