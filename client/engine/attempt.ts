import type { ResourceAction } from '../../contract/index.ts';
import type { AttemptTime } from './attempt-time.ts';
import type { EngineContext } from './context.ts';
import { type AttemptKey, faultOf } from './events.ts';
import { type Outcome, outcomeOf, withoutOutput } from './outcome.ts';
import { allSettledWithin, retryUntilAnswered, unlessAborted, withTimeout } from './waiting.ts';
import { AttemptLost, type Handler, ShuttingDown, type StopReason, TimeUp } from './work.ts';

/** A claim that the service granted. */
export interface Claim {
  readonly key: AttemptKey;
  readonly claimId: string;
  readonly resource: ResourceAction;
  readonly input: unknown;
  readonly time: AttemptTime;
}

/** How long a handler has to stop when the engine shuts down, before its attempt is released. */
export const HANDLER_STOP_MS = 1000;
/** setTimeout accepts no more than 24 days. */
const MAX_SLEEP_MS = 86_400_000;
/** How long before its end an attempt asks for its remaining time: enough for a few calls. */
const CONFIRM_AHEAD_MS = 10_000;
/**
 * The interval between such heartbeats doubles. An operation's end takes about as long to reach an
 * attempt.
 */
const FIRST_CONFIRM_INTERVAL_MS = 2000;
const MAX_CONFIRM_INTERVAL_MS = 60_000;
const MIN_CONFIRM_TIMEOUT_MS = 5000;
/** A heartbeat that waits for its answer must not delay the next one. */
const MAX_PENDING_HEARTBEATS = 2;
/** A heartbeat times out when the next one is due, but never before a cold start can answer. */
const MIN_HEARTBEAT_TIMEOUT_MS = 1000;

/**
 * A claimed attempt: runs its handler, sends heartbeats, and reports to the service how it ended.
 */
export class Attempt {
  readonly #context: EngineContext;
  readonly #claim: Claim;
  readonly #handler: Handler | undefined;
  /** Stops the handler. */
  readonly #work = new AbortController();
  /** Ends heartbeats, timers and every retry: the engine sends nothing more about the attempt. */
  readonly #ended = new AbortController();
  #handlerDone: Promise<Outcome | undefined> = Promise.resolve(undefined);
  /**
   * The report is sent. From here its answer decides what became of the attempt, not a heartbeat's.
   */
  #reporting = false;
  #pendingHeartbeats = 0;

  /** Without a handler the attempt is released. */
  constructor(context: EngineContext, claim: Claim, handler: Handler | undefined) {
    this.#context = context;
    this.#claim = claim;
    this.#handler = handler;
  }

  /**
   * Resolves when the engine has nothing more to send about the attempt. A handler that ignores its
   * signal may still run.
   */
  async run(): Promise<void> {
    void this.#watchDeadline();
    void this.#confirmDeadline();
    void this.#sendHeartbeats();
    const outcome = await this.#runHandler();
    if (outcome) await this.#report(outcome);
    else if (!this.#handler || this.#work.signal.reason instanceof ShuttingDown) await this.#release();
    else this.#lost(this.#work.signal.reason);
    this.#ended.abort();
  }

  /** Resolves when the handler has ended; at once if it was never started. */
  async handlerEnded(): Promise<void> {
    await this.#handlerDone;
  }

  /** Stops the handler and releases the attempt, unless its end is being reported already. */
  shutDown(): void {
    this.#work.abort(new ShuttingDown('the engine shuts down'));
  }

  /** Ends `run` at once, whatever it waits for. */
  abandon(): void {
    this.#ended.abort(new ShuttingDown('the service gave no answer before the engine had to end'));
  }

  /** The handler's outcome, unless its signal fired first or there is none. */
  async #runHandler(): Promise<Outcome | undefined> {
    const { signal } = this.#work;
    const handler = this.#handler;
    if (signal.aborted || !handler) return undefined;
    const { resource, input } = this.#claim;
    const work = { resource, input, signal, client: this.#context.client };
    this.#handlerDone = outcomeOf(() => handler(work));
    const outcome = await unlessAborted(this.#handlerDone, signal);
    return signal.aborted ? undefined : outcome;
  }

  async #report(outcome: Outcome): Promise<void> {
    this.#reporting = true;
    let reported = outcome;
    let answer = await this.#complete(reported);
    if (answer?.ok === false && answer.error.code === 'ValidationError' && reported.output !== undefined) {
      reported = withoutOutput(reported, answer.error.message);
      answer = await this.#complete(reported);
    }
    const { key } = this.#claim;
    if (!answer) return this.#lost(this.#ended.signal.reason);
    if (!answer.ok) return this.#lost(new AttemptLost(`${answer.error.code}: ${answer.error.message}`));
    if (reported.status === 'COMPLETE') return this.#context.emit({ type: 'completed', ...key });
    const { reason = '', retryable = true } = reported;
    this.#context.emit({ type: 'failed', ...key, reason, retryable });
  }

  #complete(outcome: Outcome) {
    const { client } = this.#context;
    return this.#retry('complete', () => client.completeResource({ ...this.#claimKey(), ...outcome }));
  }

  async #release(): Promise<void> {
    this.#reporting = true;
    const { client, emit, sleep } = this.#context;
    await allSettledWithin(HANDLER_STOP_MS, [this.#handlerDone], sleep);
    const answer = await this.#retry('release', () => client.releaseResource(this.#claimKey()));
    if (!answer) return this.#lost(this.#ended.signal.reason);
    if (!answer.ok) return this.#lost(new AttemptLost(`${answer.error.code}: ${answer.error.message}`));
    emit({ type: 'released', ...this.#claim.key });
  }

  async #watchDeadline(): Promise<void> {
    const { time } = this.#claim;
    // Heartbeats may move the end. If it has passed already, the handler must not start.
    if (time.endsAt > this.#context.now()) await this.#sleepUntil(() => time.endsAt);
    if (!this.#ended.signal.aborted) this.#stop(new TimeUp("the attempt's time is up"));
  }

  /**
   * Sends a heartbeat before the end that the claim told, even for an attempt that needs none: that
   * end may be the operation's, which may have been extended, and a heartbeat tells the attempt's
   * own. If more time is left, the operation may still end at any moment, and only a refused
   * heartbeat says so: the attempt continues to send them, less and less often.
   */
  async #confirmDeadline(): Promise<void> {
    const { now, sleep } = this.#context;
    const { time } = this.#claim;
    const left = time.endsAt - now();
    const firstAt = time.endsAt - Math.min(CONFIRM_AHEAD_MS, left / 2);
    await this.#sleepUntil(() => firstAt);
    let interval = FIRST_CONFIRM_INTERVAL_MS;
    while (!this.#ended.signal.aborted) {
      const hasHeartbeats = time.heartbeatIntervalMs !== undefined;
      if (time.isConfirmed && (hasHeartbeats || time.endsAt - now() <= CONFIRM_AHEAD_MS)) return;
      void this.#heartbeat(Math.max(MIN_CONFIRM_TIMEOUT_MS, interval));
      await sleep(interval, this.#ended.signal);
      interval = Math.min(MAX_CONFIRM_INTERVAL_MS, 2 * interval);
    }
  }

  /** Resolves at that time, or when the attempt has ended. */
  async #sleepUntil(time: () => number): Promise<void> {
    const { now, sleep } = this.#context;
    for (let left = time() - now(); left > 0 && !this.#ended.signal.aborted; left = time() - now())
      await sleep(Math.min(left, MAX_SLEEP_MS), this.#ended.signal);
  }

  async #sendHeartbeats(): Promise<void> {
    for (;;) {
      const interval = this.#heartbeatIntervalMs();
      if (interval === undefined) return;
      await this.#context.sleep(interval, this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      void this.#heartbeat(Math.max(MIN_HEARTBEAT_TIMEOUT_MS, interval));
    }
  }

  #heartbeatIntervalMs(): number | undefined {
    const { heartbeatIntervalMs } = this.#claim.time;
    return heartbeatIntervalMs === undefined
      ? undefined
      : (this.#context.heartbeatIntervalMs ?? heartbeatIntervalMs);
  }

  /** Each call of it times out after so many milliseconds. */
  async #heartbeat(timeoutMs: number): Promise<void> {
    if (this.#pendingHeartbeats >= MAX_PENDING_HEARTBEATS) return;
    const { client, now, sleep } = this.#context;
    let sentAt = now();
    const call = () => {
      sentAt = now();
      const send = (signal: AbortSignal) => client.heartbeat(this.#claimKey(), { signal });
      return withTimeout(timeoutMs, send, this.#ended.signal, sleep);
    };
    this.#pendingHeartbeats++;
    const answer = await this.#retry('heartbeat', call, timeoutMs / 3);
    this.#pendingHeartbeats--;
    if (answer?.ok && answer.remainingSeconds > 0) {
      this.#claim.time.recordHeartbeat(answer.remainingSeconds, sentAt);
    } else if (answer && !this.#reporting) {
      this.#stop(
        answer.ok
          ? new TimeUp('the service says that no time is left')
          : new AttemptLost(`${answer.error.code}: ${answer.error.message}`),
      );
    }
  }

  /**
   * Stops the handler, and sends nothing more: the service has given the attempt away or ended it.
   */
  #stop(reason: AttemptLost | TimeUp): void {
    this.#work.abort(reason);
    this.#ended.abort(reason);
  }

  #lost({ code, message }: StopReason): void {
    this.#context.emit({ type: 'lost', ...this.#claim.key, code, reason: message });
  }

  #claimKey() {
    return { ...this.#claim.key, claimId: this.#claim.claimId };
  }

  #retry<T>(
    during: 'heartbeat' | 'complete' | 'release',
    call: () => Promise<T>,
    maxDelayMs?: number,
  ): Promise<T | undefined> {
    const { sleep, random, emit } = this.#context;
    const { key } = this.#claim;
    const onError = (error: unknown) => emit({ ...faultOf(error), during, ...key });
    const limit = maxDelayMs !== undefined && { maxDelayMs };
    return retryUntilAnswered(call, this.#ended.signal, { sleep, random, onError, ...limit });
  }
}
