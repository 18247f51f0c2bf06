/** Waiting that an AbortSignal can end, time limits, and retries without a limit. */
import { setTimeout } from 'node:timers/promises';
import { backoff } from '../retry.ts';

/** Resolves when the time is over or the signal fires; never rejects. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = async (milliseconds, signal) => {
  await setTimeout(milliseconds, undefined, signal && { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
};

/**
 * The promise's value, or undefined as soon as the signal fires. The promise itself continues, and
 * a later rejection is ignored.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Waits until all promises have settled, at most `milliseconds`. */
export async function allSettledWithin(
  milliseconds: number,
  promises: Iterable<Promise<unknown>>,
  sleep: Sleep,
): Promise<void> {
  const done = new AbortController();
  const settled = Promise.allSettled(promises).then(() => done.abort());
  await Promise.race([settled, sleep(milliseconds, done.signal)]);
  done.abort();
}

/**
 * Rejects, and fires the call's signal, if there is no answer within `milliseconds` or before
 * `stop` fires.
 */
export async function withTimeout<T>(
  milliseconds: number,
  call: (signal: AbortSignal) => Promise<T>,
  stop: AbortSignal,
  sleep: Sleep,
): Promise<T> {
  const answered = new AbortController();
  const limit = new AbortController();
  const late = new Error(`no answer within ${Math.round(milliseconds)} ms`);
  void sleep(milliseconds, AbortSignal.any([answered.signal, stop])).then(() => limit.abort(late));
  try {
    const answer = await unlessAborted(call(limit.signal), limit.signal);
    limit.signal.throwIfAborted();
    return answer as T;
  } finally {
    answered.abort();
  }
}

export interface RetrySettings {
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  /** @default the limit of `backoff` */
  readonly maxDelayMs?: number;
}

/** Retries with backoff until there is an answer. Undefined: the signal fired first. */
export async function retryUntilAnswered<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  { sleep, random, onError, maxDelayMs = Number.POSITIVE_INFINITY }: RetrySettings,
): Promise<T | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await unlessAborted(call(), signal);
    } catch (error) {
      onError(error);
    }
    await sleep(Math.min(maxDelayMs, backoff(failures, random)), signal);
  }
  return undefined;
}
