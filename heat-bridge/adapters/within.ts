import { systemSleep, withTimeout } from '../../client/engine/waiting.ts';

const CALL_TIMEOUT_MS = 10_000;

/** @throws Error if there is no answer within 10 s. The call itself goes on. */
export const within = <T>(call: Promise<T>): Promise<T> =>
  withTimeout(CALL_TIMEOUT_MS, () => call, new AbortController().signal, systemSleep);
