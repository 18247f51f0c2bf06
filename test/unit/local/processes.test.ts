import { expect, test } from 'vitest';
import { isAlive, together } from '../../../local/processes.ts';

const never = new AbortController().signal;

/** Ends only when it is aborted. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

test('together gives what all jobs gave', async () => {
  expect(await together(never, [async () => 1, async () => 'two'])).toEqual([1, 'two']);
});

test('together aborts the other jobs when one fails, waits for their end, and throws what the first threw', async () => {
  let otherEnded = false;
  const other = (signal: AbortSignal) =>
    untilAborted(signal).finally(() => {
      otherEnded = true;
    });
  const failing = async () => {
    throw new Error('first');
  };
  await expect(together(never, [other, failing])).rejects.toThrow('first');
  expect(otherEnded).toBe(true);
});

test('together passes an abort from outside on', async () => {
  const outside = new AbortController();
  const job = together(outside.signal, [untilAborted]);
  outside.abort();
  await expect(job).rejects.toThrow('aborted');
});

test('this process is alive, and no process has an impossible id', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 30)).toBe(false);
});
