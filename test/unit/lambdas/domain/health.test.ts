/** P11: an outage of ours is not the engine's death. */
import { describe, expect, test } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  type Health,
  heartbeatGrant,
} from '../../../../lambdas/domain/health.ts';

const NOW = 1_000_000;
const INTERVAL = 30_000;
/** The last heartbeat was recorded one interval ago: its deadline is now. */
const LAST = NOW - INTERVAL;
const suspectedSince = (since: number) => ({ since, interval: INTERVAL, isSuspected: true, isProven: true });
const missing = { since: LAST, interval: INTERVAL, isSuspected: false, isProven: true };
const now = 'heartbeats cannot be recorded now';
const forAWhile = 'heartbeats could not be recorded for a while';

describe('whether a missing heartbeat is excused', () => {
  test.each<[string, Health, ReturnType<typeof heartbeatGrant>]>([
    ['nothing is known: no', {}, undefined],
    ['all is well: no', { succeededAt: NOW }, undefined],
    ['a failure before the last heartbeat: no', { succeededAt: NOW, failedAt: LAST - 1 }, undefined],
    ['a failure at the moment of the last heartbeat: no', { succeededAt: NOW, failedAt: LAST }, undefined],
    [
      'a failure since the last heartbeat: one interval from the success after it',
      { succeededAt: NOW - 5000, failedAt: LAST + 1 },
      { until: NOW - 5000 + INTERVAL, proves: true, reason: forAWhile },
    ],
    [
      'a success at the moment of the failure: the outage is over',
      { succeededAt: NOW - 5000, failedAt: NOW - 5000 },
      { until: NOW - 5000 + INTERVAL, proves: true, reason: forAWhile },
    ],
    [
      'an interval that is nearly over by now: a third of it, from now on',
      { succeededAt: LAST + 1, failedAt: LAST + 1 },
      { until: NOW + INTERVAL / 3, proves: true, reason: forAWhile },
    ],
    ['exactly over: no', { succeededAt: NOW - INTERVAL, failedAt: NOW - INTERVAL }, undefined],
    [
      'the last canary failed: until one interval from now',
      { succeededAt: NOW - 1, failedAt: NOW },
      { until: NOW - 1 + INTERVAL, proves: false, reason: now },
    ],
    [
      'it failed so long ago that an interval from there is over by now: until one from now',
      { succeededAt: NOW - INTERVAL, failedAt: NOW - INTERVAL + 1 },
      { until: NOW + INTERVAL, proves: false, reason: now },
    ],
    [
      'none ever succeeded',
      { failedAt: LAST - 1_000_000 },
      { until: NOW + INTERVAL, proves: false, reason: now },
    ],
    [
      'a gap between canaries that ended since the last heartbeat: one interval from the success after it',
      { succeededAt: NOW - 5000, gapEndedAt: NOW - 5000 },
      { until: NOW - 5000 + INTERVAL, proves: true, reason: forAWhile },
    ],
    ['a gap that ended with the last heartbeat: no', { succeededAt: NOW, gapEndedAt: LAST }, undefined],
    ['no canary for long, and none was asked now: no', { succeededAt: NOW - 1_000_000 }, undefined],
  ])('%s', (_, health, expected) => {
    expect(heartbeatGrant(health, missing, NOW)).toEqual(expected);
  });

  test('a gap excuses once for each recorded heartbeat: nobody may have asked, and there may be gap after gap', () => {
    const health = { succeededAt: NOW, gapEndedAt: NOW };
    expect(heartbeatGrant(health, { ...missing, isSuspected: true }, NOW)).toBeUndefined();
    const failed = { ...health, failedAt: NOW - 1 };
    expect(
      heartbeatGrant(failed, { ...missing, isSuspected: true }, NOW),
      'a failure does so each time',
    ).toEqual({ until: NOW + INTERVAL, proves: true, reason: forAWhile });
  });

  test('a late wake-up finds the interval after the outage exactly over: no', () => {
    const health = { succeededAt: LAST, failedAt: LAST };
    const earlier = { ...missing, since: LAST - 10 };
    expect(heartbeatGrant(health, earlier, NOW)).toBeUndefined();
    expect(heartbeatGrant(health, earlier, NOW - 1)).toMatchObject({ reason: forAWhile });
  });

  test('a row that was not written since: a third of the interval, and the write proves that it can be', () => {
    const first = { ...missing, isProven: false };
    const proof = { until: NOW + INTERVAL / 3, proves: true, reason: 'the row may not have been writable' };
    expect(heartbeatGrant({ succeededAt: NOW }, first, NOW)).toEqual(proof);
    expect(heartbeatGrant({}, first, NOW), 'whatever is known of the canary').toEqual(proof);
    const over = { succeededAt: LAST + 1, failedAt: LAST + 1 };
    expect(heartbeatGrant(over, first, NOW + 5), 'an outage that is long over').toMatchObject({
      until: NOW + 5 + INTERVAL / 3,
    });
    expect(heartbeatGrant({ succeededAt: NOW }, { ...first, interval: 1000 }, NOW)).toMatchObject({
      until: NOW + 333,
    });
    expect(
      heartbeatGrant({ succeededAt: 0, failedAt: NOW }, first, NOW),
      'an outage proves nothing',
    ).toMatchObject({ proves: false });
  });

  test('only once for each heartbeat that was recorded', () => {
    const health = { succeededAt: NOW - 5000, failedAt: NOW - 10_000 };
    const granted = heartbeatGrant(health, missing, NOW)?.until ?? 0;
    expect(
      heartbeatGrant({ ...health, succeededAt: granted }, suspectedSince(granted - INTERVAL), granted),
    ).toBeUndefined();
  });

  test('but again and again while the outage lasts, and once more after it', () => {
    let deadline = NOW;
    for (let round = 0; round < 5; round++) {
      const health = { succeededAt: 0, failedAt: deadline };
      const found = heartbeatGrant(health, suspectedSince(deadline - INTERVAL), deadline);
      expect(found).toEqual({ until: deadline - 1 + INTERVAL, proves: false, reason: now });
      deadline += INTERVAL - 1;
    }
    // Nobody has seen a failure since the last interval was granted.
    const over = { succeededAt: deadline, failedAt: deadline - INTERVAL + 1 };
    const last = heartbeatGrant(over, suspectedSince(deadline - INTERVAL), deadline);
    expect(last).toEqual({ until: deadline + INTERVAL, proves: true, reason: forAWhile });
    const later = { ...over, succeededAt: deadline + INTERVAL };
    expect(heartbeatGrant(later, suspectedSince(deadline), deadline + INTERVAL)).toBeUndefined();
  });
});

describe('what is recorded', () => {
  test('of a failure, its moment', () => {
    expect(afterFailure(NOW)).toEqual({ failedAt: NOW });
  });

  test.each<[string, Health, Health]>([
    ['the first one', {}, { succeededAt: NOW }],
    ['one a minute after the last', { succeededAt: NOW - 60_000, failedAt: 5 }, { succeededAt: NOW }],
    ['one in time', { succeededAt: NOW - 100_000 }, { succeededAt: NOW }],
    [
      'one after a silence, in which nobody could record a failure',
      { succeededAt: NOW - 100_001 },
      { succeededAt: NOW, gapEndedAt: NOW },
    ],
  ])('of a success: %s', (_, health, recorded) => {
    expect(afterSuccess(health, NOW)).toEqual(recorded);
  });
});
