import { setTimeout } from 'node:timers/promises';
import {
  getRetryAfterHint,
  isClockSkewCorrectedError,
  isThrottlingError,
  isTransientError,
} from '@smithy/core/retry';
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
/** As long as the AWS SDK waits after a throttle. */
const FIRST_DELAY_THROTTLED_MS = 1000;
const MAX_DELAY_MS = 10_000;
/** How much longer than the backoff a service may ask the client to wait, as in the AWS SDK. */
const MAX_HINT_MS = 5000;
/**
 * 4xx statuses that pass, beside what the AWS SDK knows by name: request timeout, function being
 * updated.
 */
const TRANSIENT_STATUS = [408, 409];

/** An error, with what the AWS SDK adds to its own. */
type SdkError = Parameters<typeof isTransientError>[0] & { readonly $response?: unknown };
const isError = (error: unknown): error is SdkError => error instanceof Error;

const isClockCorrection = (error: unknown): boolean =>
  isError(error) && isClockSkewCorrectedError(error) === true;

/**
 * Whether the same call may succeed later. An unknown failure counts as transient: the number of
 * attempts is bounded, and to give up on a passing failure costs more than to retry in vain.
 *
 * A failure may have told the SDK the service's time, by which it signs the next call. The SDK says
 * so of every later failure too: with `clockCorrected` that is no reason to try again.
 */
function isTransient(error: unknown, clockCorrected: boolean): boolean {
  if (!isError(error)) return true;
  if (error.name === 'CredentialsProviderError' || error.message === 'Region is missing') return false;
  if (isThrottlingError(error)) return true;
  if (isTransientError(error) && !(clockCorrected && isClockCorrection(error))) return true;
  const status = error.$metadata?.httpStatusCode ?? 500;
  return status < 400 || status >= 500 || TRANSIENT_STATUS.includes(status);
}

/** Milliseconds to wait after so many failures in a row, of which this is the last. */
function delayAfter(error: unknown, failures: number, random: () => number): number {
  if (!isError(error)) return backoff(failures, random);
  const first = isThrottlingError(error) ? FIRST_DELAY_THROTTLED_MS : FIRST_DELAY_MS;
  const delay = backoff(failures, random, first);
  const hint = getRetryAfterHint(error.$response)?.getTime() ?? 0;
  return Math.max(delay, Math.min(hint - Date.now(), delay + MAX_HINT_MS));
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
  let clockCorrected = false;
  for (let attempt = 1; ; attempt++) {
    let delay: number;
    try {
      return await call();
    } catch (error) {
      if (error instanceof InvocationError) throw error;
      const retryable = isTransient(error, clockCorrected);
      clockCorrected ||= isClockCorrection(error);
      if (!retryable || attempt >= attempts || signal?.aborted) {
        throw new InvocationError(`the command function gave no answer: ${errorMessage(error)}`, {
          cause: error,
          attempts: attempt,
          retryable,
        });
      }
      delay = delayAfter(error, attempt, random);
    }
    await sleep(delay);
    signal?.throwIfAborted();
  }
}

/** Milliseconds to wait after so many failures in a row. */
export const backoff = (failures: number, random: () => number, firstMs = FIRST_DELAY_MS): number =>
  random() * Math.min(MAX_DELAY_MS, firstMs * 2 ** (failures - 1));

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
