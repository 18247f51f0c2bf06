/** Waiting that an AbortSignal can end, and calls that are made until they are answered. */
import { setTimeout } from 'node:timers/promises';
import { backoff } from '../retry.ts';

/** Resolves when the time is over or the signal fires; never rejects. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = async (milliseconds, signal) => {
  await setTimeout(milliseconds, undefined, signal && { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
};

/** The promise's value, or undefined as soon as the signal fires. The promise itself goes on, and may fail unseen. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Waits until all have settled, but no longer than so many milliseconds. */
export async function settledWithin(
  promises: Iterable<Promise<unknown>>,
  milliseconds: number,
  sleep: Sleep,
): Promise<void> {
  const done = new AbortController();
  const settled = Promise.allSettled(promises).then(() => done.abort());
  await Promise.race([settled, sleep(milliseconds, done.signal)]);
  done.abort();
}

/** Calls, and rejects if there is no answer within so many milliseconds, or before `stop`: then the call's signal fires. */
export async function answeredWithin<T>(
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

export interface Persistence {
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly onFault: (error: unknown) => void;
  /** @default the backoff's own limit */
  readonly longestDelayMs?: number;
}

/** Calls until there is an answer, with backoff. Undefined: the signal fired before. */
export async function untilAnswered<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  { sleep, random, onFault, longestDelayMs = Number.POSITIVE_INFINITY }: Persistence,
): Promise<T | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await unlessAborted(call(), signal);
    } catch (error) {
      onFault(error);
    }
    await sleep(Math.min(longestDelayMs, backoff(failures, random)), signal);
  }
  return undefined;
}
