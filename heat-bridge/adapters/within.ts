import { setTimeout as sleep } from 'node:timers/promises';

const CALL_TIMEOUT_MS = 10_000;

/** @throws Error if there is no answer within 10 s. The call itself goes on. */
export async function within<T>(call: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = sleep(CALL_TIMEOUT_MS, undefined, { signal: answered.signal }).then(() => {
    throw new Error(`no answer within ${CALL_TIMEOUT_MS / 1000} s`);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    late.catch(() => {});
    answered.abort();
  }
}
