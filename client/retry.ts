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
const MAX_DELAY_MS = 10_000;
/** The 4xx statuses that pass: request timeout, function being updated, throttled. */
const TRANSIENT_STATUS = [408, 409, 429];

/**
 * Whether the same call may succeed later. An unknown failure counts as transient: the number of
 * attempts is bounded, and to give up on a passing failure costs more than to retry in vain.
 */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === 'CredentialsProviderError' || error.message === 'Region is missing') return false;
  const { $metadata, $retryable } = error as { $metadata?: { httpStatusCode?: number }; $retryable?: object };
  const status = $metadata?.httpStatusCode ?? 500;
  return $retryable !== undefined || status < 400 || status >= 500 || TRANSIENT_STATUS.includes(status);
}

/**
 * Calls until it succeeds, at most `attempts` times. Waits between two attempts with exponential
 * backoff and full jitter, so that the clients that one outage hit do not all come back at once.
 * Makes no further call once `signal` has fired.
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
        throw new InvocationError(`the command function gave no answer: ${errorMessage(error)}`, {
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

/** Milliseconds to wait after so many failures in a row. */
export const backoff = (failures: number, random: () => number): number =>
  random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));

/** The message of anything that was thrown. Never throws itself. */
export function errorMessage(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    // A refused connection is an AggregateError with a code and an empty message.
    return String(error.message || ((error as { code?: string }).code ?? error.name));
  } catch {
    return 'a value was thrown that cannot be shown as text';
  }
}
