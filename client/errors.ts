import type { Answer, Refusal } from '../contract/index.ts';

/**
 * The command function could not be reached or did not answer: after the last attempt, or at once where trying again
 * cannot help (`retryable` is false: no permission, no such function, no credentials). `cause` holds the last failure.
 *
 * The request may have taken effect all the same. It is safe to repeat with the same operationId: what took effect
 * answers `ok` with the current state. (Only ExtendOperation counts its timeout from the repetition.)
 *
 * Not thrown when the service refuses a request: a refusal is an answer.
 */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly attempts: number;
  readonly retryable: boolean;

  constructor(message: string, options: { cause?: unknown; attempts: number; retryable: boolean }) {
    super(message, { cause: options.cause });
    this.attempts = options.attempts;
    this.retryable = options.retryable;
  }
}

/**
 * A refusal as an exception, where there is no answer to carry it: thrown by `stacks()` and by `accepted()`.
 * The methods that send one command never throw it.
 */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.error.code}: ${refusal.error.message}`);
    this.refusal = refusal;
  }
}

/** The answer unless it is a refusal, which is thrown as a RefusedError: for callers who cannot go on after one. */
export function accepted<A extends Answer>(answer: A): Exclude<A, Refusal> {
  if (!answer.ok) throw new RefusedError(answer);
  return answer as Exclude<A, Refusal>;
}
