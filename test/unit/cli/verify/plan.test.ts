import { describe, expect, test } from 'vitest';
import { longestSeconds, planOf } from '../../../../cli/verify/plan.ts';
import { SETTINGS } from './fake-parts.ts';

const MAX = { maxLatenessMs: 5000 };

describe('the plan', () => {
  test('takes less than five minutes with the default settings', () => {
    // 150 s until the far deadline, 30 s of grace, a minute and 10 s for a sweep, 5 s of lateness.
    expect(longestSeconds(planOf(SETTINGS, MAX))).toBe(255);
  });

  test.each([31, 45, 120, 900])(
    'with a near horizon of %i s, each timer goes the way it is to go',
    (seconds) => {
      for (const { name, isFar, timeoutSeconds } of planOf(
        { ...SETTINGS, nearHorizonSeconds: seconds },
        MAX,
      )) {
        expect(timeoutSeconds > seconds, name).toBe(isFar);
      }
    },
  );

  test('only the sweep may be late by more than is allowed', () => {
    const late = planOf(SETTINGS, MAX).filter(({ latestMs }) => latestMs > MAX.maxLatenessMs);
    expect(late.map(({ name, earliestMs, latestMs }) => ({ name, earliestMs, latestMs }))).toEqual([
      { name: 'engine-lost', earliestMs: 0, latestMs: 10_000 },
      { name: 'schedule-lost', earliestMs: 30_000, latestMs: 105_000 },
    ]);
  });

  test('a case has a name of its own', () => {
    const names = planOf(SETTINGS, MAX).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
