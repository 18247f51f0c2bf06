import type { Answer, Refusal } from '../contract/index.ts';

/**
 * The command function could not be reached or did not answer. Thrown after the last attempt, or at
 * once where a retry cannot help (`retryable` is false: no permission, no such function, no
 * credentials). `cause` holds the last failure.
 *
 * The request may have taken effect. It is safe to send it again with the same operationId: a
 * request that took effect answers `ok` with the current state. (ExtendOperation counts its timeout
 * from the later request.)
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
 * A refusal as an exception, where no answer can carry it: thrown by `accepted()`, `stacks()` and
 * `resources()`. The methods that send one command never throw it.
 */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.error.code}: ${refusal.error.message}`);
    this.refusal = refusal;
  }
}

/** Returns the answer if it is `ok`; throws a RefusedError if it is a refusal. */
export function accepted<A extends Answer>(answer: A): Exclude<A, Refusal> {
  if (!answer.ok) throw new RefusedError(answer);
  return answer as Exclude<A, Refusal>;
}
