import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  retryUntilAnswered,
  systemSleep,
  unlessAborted,
  withTimeout,
} from '../../../../client/engine/waiting.ts';

test('a sleep ends with its signal, and never rejects', async () => {
  const controller = new AbortController();
  const sleeping = systemSleep(3_600_000, controller.signal);
  controller.abort();
  await sleeping;
  await systemSleep(3_600_000, AbortSignal.abort());
  await systemSleep(0);
});

test('what was waited for leaves nothing at a signal that lives longer', async () => {
  const { signal } = new AbortController();
  const fails = () => Promise.reject(new Error('no'));
  for (let n = 0; n < 20; n++) {
    await unlessAborted(Promise.resolve(), signal);
    await unlessAborted(fails(), signal).catch(() => undefined);
    await systemSleep(0, signal);
    await withTimeout(3_600_000, async () => 'yes', signal, systemSleep);
    const settings = { sleep: systemSleep, random: () => 0, onError: () => undefined };
    await retryUntilAnswered(async () => 'yes', signal, settings);
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

describe('a call that is answered within a time', () => {
  const never = new AbortController().signal;

  test('fails as it fails', async () => {
    const fails = () => Promise.reject(new Error('refused'));
    await expect(withTimeout(3_600_000, fails, never, systemSleep)).rejects.toThrow('refused');
  });

  test.each([
    ['the time is over', async () => undefined, never],
    ['nobody waits for it any more', systemSleep, AbortSignal.abort()],
  ])('is told when %s', async (_, sleep, stop) => {
    let told: AbortSignal | undefined;
    const hangs = (signal: AbortSignal) => {
      told = signal;
      return new Promise(() => undefined);
    };
    await expect(withTimeout(3_600_000, hangs, stop, sleep)).rejects.toThrow('no answer within 3600000 ms');
    expect(told?.aborted).toBe(true);
  });
});
