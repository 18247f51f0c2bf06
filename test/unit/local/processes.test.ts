import { expect, test } from 'vitest';
import { isAlive, runConcurrently } from '../../../local/processes.ts';

const never = new AbortController().signal;

/** Ends only when it is aborted. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

test('jobs that run concurrently have all ended', async () => {
  const ended: number[] = [];
  await runConcurrently(never, [async () => ended.push(1), async () => ended.push(2)]);
  expect(ended).toEqual([1, 2]);
});

test('when one job fails, the others are aborted and awaited, and its error is thrown', async () => {
  let otherEnded = false;
  const other = (signal: AbortSignal) =>
    untilAborted(signal).finally(() => {
      otherEnded = true;
    });
  const failing = async () => {
    throw new Error('first');
  };
  await expect(runConcurrently(never, [other, failing])).rejects.toThrow('first');
  expect(otherEnded).toBe(true);
});

test('an abort from outside aborts all jobs', async () => {
  const outside = new AbortController();
  const job = runConcurrently(outside.signal, [untilAborted]);
  outside.abort();
  await expect(job).rejects.toThrow('aborted');
});

test('this process is alive, and no process has an impossible id', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 30)).toBe(false);
});
