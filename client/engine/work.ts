/** What a handler receives, and how its work ends. */
import type { ResourceAction } from '../../contract/index.ts';
import type { StackTimeoutsClient } from '../client.ts';

/**
 * Does the work of one attempt. It resolves with the output: any JSON value of at most 64 KiB, or
 * undefined. An output that JSON would change, such as NaN or a Map, fails the attempt for good.
 *
 * - It throws a WorkFailed: the attempt is FAILED with the error's reason, `retryable` and output.
 * - It throws anything else: the attempt is FAILED, and another one follows if one is left.
 * - `work.signal` fires first: the engine ignores what the handler returns or throws. The handler
 *   should stop and leave the resource alone.
 *
 * The same attempt may run twice, since an engine can die after the work and before its report. A
 * handler must be idempotent.
 */
export type Handler = (work: Work) => Promise<unknown>;

export interface Work {
  /** As it was when claimed. */
  readonly resource: ResourceAction;
  readonly input: unknown;
  /** Fires when the handler must stop; `reason` is an AttemptLost, TimeUp or ShuttingDown. */
  readonly signal: AbortSignal;
  /** For example to dispatch further resource actions. */
  readonly client: StackTimeoutsClient;
}

/**
 * A handler throws it to fail its attempt. The message becomes the reason (its first KiB).
 *
 * With `retryable` false no further attempt follows, even if some are left.
 */
export class WorkFailed extends Error {
  override readonly name = 'WorkFailed';
  readonly retryable: boolean;
  readonly output: unknown;

  constructor(message: string, options: { retryable?: boolean; output?: unknown; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable ?? true;
    this.output = options.output;
  }
}

/**
 * The reason of a handler's signal: the service has given the attempt to another engine, or ended
 * it.
 */
export class AttemptLost extends Error {
  override readonly name = 'AttemptLost';
  readonly code = 'AttemptLost';
}

/** The reason of a handler's signal: the attempt's time is up, and the service times it out. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
  readonly code = 'TimeUp';
}

/** The reason of a handler's signal: the engine shuts down, and releases the attempt. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
  readonly code = 'ShuttingDown';
}

export type StopReason = AttemptLost | TimeUp | ShuttingDown;
