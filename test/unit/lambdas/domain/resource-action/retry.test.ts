import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  offerDelay,
  type RetryPolicy,
  retryDelay,
} from '../../../../../lambdas/domain/resource-action/retry.ts';

const policy: RetryPolicy = {
  maxAttempts: 10,
  interval: 1000,
  backoffRate: 2,
  maxDelay: 100_000,
  jitter: 'NONE',
};
const delays = (of: Partial<RetryPolicy>, attempts: number[]) =>
  attempts.map((attempt) => retryDelay({ ...policy, ...of }, attempt, 'key'));

describe('the delay of the next attempt', () => {
  test.each([
    ['doubles', {}, [1, 2, 3, 7, 8, 9], [1000, 2000, 4000, 64_000, 100_000, 100_000]],
    ['stays the same at rate 1', { backoffRate: 1 }, [1, 2, 50], [1000, 1000, 1000]],
    ['is whole milliseconds', { backoffRate: 1.1 }, [1, 2, 3, 4], [1000, 1100, 1210, 1331]],
    ['is never longer than maxDelay', { interval: 7000, maxDelay: 7000 }, [1, 2], [7000, 7000]],
    ['is a number however many attempts there were', { backoffRate: 100 }, [1000], [100_000]],
  ])('%s', (_, of, attempts, expected) => {
    expect(delays(of, attempts)).toEqual(expected);
  });

  test('with jitter never changes: whoever decides again must agree', () => {
    expect(delays({ jitter: 'FULL' }, [1, 2, 3, 4])).toEqual([511, 1902, 1818, 2914]);
  });

  test('property: with jitter it is from 0 to what it would be without, and the same for the same action', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1000 }), (key, attempt) => {
        const jittered = retryDelay({ ...policy, jitter: 'FULL' }, attempt, key);
        expect(jittered).toBeGreaterThanOrEqual(0);
        expect(jittered).toBeLessThanOrEqual(retryDelay(policy, attempt, key));
        expect(Number.isInteger(jittered)).toBe(true);
        expect(retryDelay({ ...policy, jitter: 'FULL' }, attempt, key)).toBe(jittered);
      }),
    );
  });

  test('jitter spreads the attempts of many over all of the delay', () => {
    const of = { ...policy, jitter: 'FULL', interval: 10_000, backoffRate: 1 } as const;
    const all = Array.from({ length: 1000 }, (_, n) => retryDelay(of, 1 + (n % 2), `key-${n}`));
    for (const tenth of Array.from({ length: 10 }, (_, n) => n)) {
      const within = all.filter((delay) => Math.floor(delay / 1000) === tenth).length;
      expect(Math.abs(within - 100)).toBeLessThan(50);
    }
    // Another attempt of the same action has another delay.
    expect(retryDelay(of, 1, 'key')).not.toBe(retryDelay(of, 2, 'key'));
  });
});

describe('QUEUED work is offered again', () => {
  test('after a minute, doubling to an hour, and at most half as long again', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 9999 }), (key, offers) => {
        const delay = Math.min(60, 2 ** (offers - 1)) * 60_000;
        expect(offerDelay(offers, key)).toBeGreaterThanOrEqual(delay);
        expect(offerDelay(offers, key)).toBeLessThanOrEqual(1.5 * delay);
        expect(Number.isInteger(offerDelay(offers, key))).toBe(true);
      }),
    );
  });

  test('with a delay that never changes: whoever decides again must agree', () => {
    expect([1, 2, 3, 8].map((offers) => offerDelay(offers, 'key'))).toEqual([
      79_146, 148_908, 302_060, 5_329_800,
    ]);
  });

  test('no engine for a day: what was dispatched together is not offered together', () => {
    const actions = 5000;
    const inSecond = new Map<number, number>();
    let offered = 0;
    for (let n = 0; n < actions; n++) {
      let at = offerDelay(1, `key-${n}`);
      for (let offers = 2; at < 86_400_000; at += offerDelay(offers++, `key-${n}`), offered++)
        inSecond.set(Math.floor(at / 1000), (inSecond.get(Math.floor(at / 1000)) ?? 0) + 1);
    }
    // 29 without a spread, and all of them in the same second.
    expect(offered / actions).toBeLessThan(25);
    const largest = (from: number) =>
      Math.max(...[...inSecond].map(([second, count]) => (second >= from ? count : 0)));
    expect(largest(0), 'the first offers are spread over half a minute').toBeLessThan(actions / 20);
    expect(largest(7200), 'the hourly ones over half an hour').toBeLessThan(actions / 400);
  });
});
