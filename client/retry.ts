import { setTimeout } from 'node:timers/promises';
import { InvocationError } from './errors.ts';

export interface RetryOptions {
  /**
   * How often a request is sent before its failure is thrown.
   * @default 6
   */
  readonly attempts?: number;
  /** @default setTimeout */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** @default Math.random */
  readonly random?: () => number;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** Of the 4xx answers these pass by: request timeout, function being updated, throttled. */
const TRANSIENT_STATUS = [408, 409, 429];

/**
 * Whether the same call may succeed later. A failure that nobody can explain counts as such: the attempts are bounded,
 * and giving up on a passing fault costs more than trying in vain.
 */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === 'CredentialsProviderError' || error.message === 'Region is missing') return false;
  const { $metadata, $retryable } = error as { $metadata?: { httpStatusCode?: number }; $retryable?: object };
  const status = $metadata?.httpStatusCode ?? 500;
  return $retryable !== undefined || status < 400 || status >= 500 || TRANSIENT_STATUS.includes(status);
}

/**
 * Calls until it succeeds, at most `attempts` times. Waits between two attempts for a random part of a doubling time
 * (full jitter), so that many clients hit by one outage do not come back together. After `signal` it does not call again.
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  options: RetryOptions,
  signal?: AbortSignal,
): Promise<T> {
  const { attempts = 6, sleep = setTimeout, random = Math.random } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof InvocationError) throw error;
      const retryable = isTransient(error);
      if (!retryable || attempt >= attempts || signal?.aborted) {
        throw new InvocationError(`the command function gave no answer: ${reasonOf(error)}`, {
          cause: error,
          attempts: attempt,
          retryable,
        });
      }
    }
    await sleep(backoff(attempt, random));
    signal?.throwIfAborted();
  }
}

/** Milliseconds to wait after so many failures. */
export const backoff = (failures: number, random: () => number): number =>
  random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));

/** What an error says. A refused connection is an AggregateError with a code and an empty message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ((error as { code?: string }).code ?? error.name);
}
