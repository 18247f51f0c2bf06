import type { ResourceAction } from '../../contract/index.ts';
import type { AttemptTime } from './attempt-time.ts';
import type { EngineContext } from './context.ts';
import { type AttemptKey, faultOf } from './events.ts';
import { type Outcome, outcomeOf, withoutOutput } from './outcome.ts';
import { answeredWithin, settledWithin, unlessAborted, untilAnswered } from './waiting.ts';
import { AttemptLost, type Handler, ShuttingDown, type StopReason, TimeUp } from './work.ts';

/** What was claimed. */
export interface Claimed {
  readonly key: AttemptKey;
  readonly claimId: string;
  readonly resource: ResourceAction;
  readonly input: unknown;
  readonly time: AttemptTime;
}

/** How long a handler has to stop when the engine shuts down, before others may have its work. */
export const UNWIND_MS = 1000;
/** setTimeout bears no more than 24 days. */
const LONGEST_TIMER_MS = 86_400_000;
/** How long before its end an attempt asks whether that is still it: time for a few calls. */
const ASK_AHEAD_MS = 10_000;
/** From one time of asking to the next: doubling. The end of an operation takes about so long to reach an attempt. */
const FIRST_ASK_MS = 2000;
const LONGEST_ASK_MS = 60_000;
/** A call that asks is given up after this at the earliest. */
const SHORTEST_ASK_MS = 5000;
/** A heartbeat that waits for its answer does not hold up the next one. */
const MOST_HEARTBEATS_PENDING = 2;
/** A heartbeat without an answer is given up when the next one is due, but not before a cold function can answer. */
const SHORTEST_CALL_MS = 1000;

/** A claimed attempt: runs its handler, with heartbeats, and tells the service how it ended. */
export class Attempt {
  readonly #parts: EngineContext;
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

  constructor(parts: EngineContext, claimed: Claimed, handler: Handler) {
    this.#parts = parts;
    this.#claimed = claimed;
    this.#handler = handler;
  }

  /** Resolves when nothing more is said about the attempt. Its handler may go on if it does not heed its signal. */
  async run(): Promise<void> {
    void this.#watchTheClock();
    void this.#askBeforeTheEnd();
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
    const { time } = this.#claimed;
    // Heartbeats may move it. If it is over from the start, no handler is to see it.
    if (time.endsAt > this.#parts.now()) await this.#until(() => time.endsAt);
    if (!this.#over.signal.aborted) this.#stop(new TimeUp("the attempt's time is up"));
  }

  /**
   * The end that the claim told may be the operation's, which may be later by now; a heartbeat tells the attempt's own.
   * So one is sent before the end, be it that the attempt wants none. If there is more time, the operation may still end
   * at any moment, and only a refusal says so: then it is asked again and again, soon at first.
   */
  async #askBeforeTheEnd(): Promise<void> {
    const { now } = this.#parts;
    const { time } = this.#claimed;
    const left = time.endsAt - now();
    const askAt = time.endsAt - Math.min(ASK_AHEAD_MS, left / 2);
    await this.#until(() => askAt);
    for (let every = FIRST_ASK_MS; !this.#over.signal.aborted; every = Math.min(LONGEST_ASK_MS, 2 * every)) {
      const asksAnyway = time.heartbeatEvery !== undefined;
      if (time.isOwn && (asksAnyway || time.endsAt - now() <= ASK_AHEAD_MS)) return;
      void this.#heartbeat(Math.max(SHORTEST_ASK_MS, every));
      await this.#parts.sleep(every, this.#over.signal);
    }
  }

  /** Resolves at that time, or when nothing more is to be said about the attempt. */
  async #until(time: () => number): Promise<void> {
    const { now, sleep } = this.#parts;
    for (let left = time() - now(); left > 0 && !this.#over.signal.aborted; left = time() - now())
      await sleep(Math.min(left, LONGEST_TIMER_MS), this.#over.signal);
  }

  async #keepAlive(): Promise<void> {
    for (;;) {
      const every = this.#heartbeatEvery();
      if (every === undefined) return;
      await this.#parts.sleep(every, this.#over.signal);
      if (this.#over.signal.aborted) return;
      void this.#heartbeat(Math.max(SHORTEST_CALL_MS, every));
    }
  }

  #heartbeatEvery(): number | undefined {
    const { heartbeatEvery } = this.#claimed.time;
    return heartbeatEvery === undefined ? undefined : (this.#parts.heartbeatEveryMs ?? heartbeatEvery);
  }

  /** Each call is given up after so many milliseconds. */
  async #heartbeat(limit: number): Promise<void> {
    if (this.#heartbeatsPending >= MOST_HEARTBEATS_PENDING) return;
    const { client, now, sleep } = this.#parts;
    let sentAt = now();
    const call = () => {
      sentAt = now();
      const send = (signal: AbortSignal) => client.heartbeat(this.#own(), { signal });
      return answeredWithin(limit, send, this.#over.signal, sleep);
    };
    this.#heartbeatsPending++;
    const answer = await this.#persist('heartbeat', call, limit / 3);
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
