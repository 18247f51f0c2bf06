/** What a handler sees: the work, and the ways in which it ends. */
import type { ResourceAction } from '../../contract/index.ts';
import type { StackTimeoutsClient } from '../client.ts';

/**
 * Does the work of one attempt. What it resolves with is the output: any JSON value of at most 64 KiB, or undefined.
 *
 * - It throws a WorkFailed: the attempt is FAILED as that says.
 * - It throws anything else: the attempt is FAILED, and another one follows if one is left.
 * - `work.signal` fires first: whatever it returns or throws is dropped. It should stop, and let go of the resource.
 *
 * An attempt may run more than once (an engine can die after the work and before its report): a handler must bear it.
 */
export type Handler = (work: Work) => Promise<unknown>;

export interface Work {
  /** As it was claimed. */
  readonly resource: ResourceAction;
  readonly input: unknown;
  /** Fires when the work is to stop; `reason` is an AttemptLost, TimeUp or ShuttingDown. */
  readonly signal: AbortSignal;
  /** To dispatch further resource actions, for example. */
  readonly client: StackTimeoutsClient;
}

/**
 * Thrown by a handler to fail its attempt deliberately. The message becomes the reason (its first KiB).
 *
 * With `retryable` false the resource action is FAILED for good, though attempts may be left.
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

/** The reason of a signal: the service has given the attempt away, or ended it. */
export class AttemptLost extends Error {
  override readonly name = 'AttemptLost';
  readonly code = 'AttemptLost';
}

/** The reason of a signal: the attempt's time is up. The service times it out by itself. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
  readonly code = 'TimeUp';
}

/** The reason of a signal: the engine shuts down, and gives the attempt back to others. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
  readonly code = 'ShuttingDown';
}

export type StopReason = AttemptLost | TimeUp | ShuttingDown;
