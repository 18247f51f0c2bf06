import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWakeUp } from '../../../../contract/index.ts';
import {
  delaySeconds,
  ENDED_SHARDS,
  endedShardOf,
  firstWakeUp,
  mayHaveSchedule,
  planArming,
  SHARDS,
  STACK_SHARDS,
  scheduleName,
  shardOf,
} from '../../../../lambdas/domain/timer.ts';
import { NOW } from '../../../support/rows.ts';

const settings = { nearHorizon: 120_000, lead: 75_000 };
const timer = { stackId: 'stack-1', operationId: 'op-1', generation: 1, dueAt: NOW, setAt: NOW };
const due = (dueAt: number, stackId = 'stack-1') => ({ ...timer, stackId, dueAt });

describe('which wake-up a timer gets', () => {
  test.each([
    ['overdue', -5000, { path: 'near', delaySeconds: 0 }],
    ['due now', 0, { path: 'near', delaySeconds: 0 }],
    ['due in a millisecond', 1, { path: 'near', delaySeconds: 0 }],
    ['due in a second and a half', 1500, { path: 'near', delaySeconds: 1 }],
    ['due at the near horizon', 120_000, { path: 'near', delaySeconds: 120 }],
    ['due just behind it', 120_001, { path: 'schedule', at: NOW + 45_000 }],
  ])('%s', (_, remaining, plan) => {
    expect(planArming(due(NOW + remaining), NOW, settings)).toEqual(plan);
  });

  test('property: a schedule is asked for in the future, on a whole second, at least the lead ahead', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 120_001, max: 31_536_000_000 }),
        fc.nat(31_536_000_000),
        fc.nat(999),
        (remaining, age, fraction) => {
          const now = NOW + age + fraction;
          const plan = planArming({ ...due(now + remaining), setAt: NOW }, now, settings);
          if (plan.path !== 'schedule') throw new Error('expected a schedule');
          expect(plan.at % 1000).toBe(0);
          expect(plan.at).toBeGreaterThanOrEqual(now + 29_000);
          expect(now + remaining - plan.at).toBeGreaterThanOrEqual(75_000);
          // One delayed message waits the rest.
          expect(now + remaining - plan.at).toBeLessThanOrEqual(901_000);
        },
      ),
    );
  });

  const aheadOf = (stackId: string, timeout: number): number => {
    const plan = planArming(due(NOW + timeout, stackId), NOW, settings);
    if (plan.path !== 'schedule') throw new Error('expected a schedule');
    return NOW + timeout - plan.at;
  };

  test('schedules of timers due at once are spread evenly over the longest delay that SQS has', () => {
    const minutes = new Map<number, number>();
    for (let n = 0; n < 10_000; n++) {
      const minute = Math.floor((aheadOf(`stack-${n}`, 4 * 3_600_000) - 75_000) / 60_000);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
    }
    // 825 s: 13 whole minutes and a part.
    expect(minutes.size).toBe(14);
    for (let minute = 0; minute < 13; minute++) {
      expect(Math.abs((minutes.get(minute) ?? 0) - 727)).toBeLessThan(110);
    }
    expect(aheadOf('stack-1', 4 * 3_600_000)).toBe(aheadOf('stack-1', 4 * 3_600_000));
  });

  test('of a short timeout they are spread over a quarter of it, so that what ends early is still deleted', () => {
    const ahead = Array.from({ length: 1000 }, (_, n) => aheadOf(`stack-${n}`, 600_000));
    expect(Math.max(...ahead)).toBeLessThanOrEqual(75_000 + 121_000);
    expect(Math.max(...ahead)).toBeGreaterThan(75_000 + 110_000);
    expect(Math.min(...ahead)).toBeLessThan(75_000 + 10_000);
  });

  test('property: a delayed message arrives at dueAt or less than a second before, as far as SQS can delay', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 900_000 }), (remaining) => {
        const arrivesAfter = delaySeconds(NOW + remaining, NOW) * 1000;
        expect(arrivesAfter).toBeLessThanOrEqual(Math.max(0, remaining));
        expect(remaining - arrivesAfter).toBeLessThan(1000);
      }),
    );
    expect(delaySeconds(NOW + 5_000_000, NOW)).toBe(900);
  });

  test('property: what arming gave a schedule, disarming looks for; later arming never turns near into far', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (timeout, armedAfter) => {
        const set = due(NOW + timeout);
        const { path } = planArming(set, NOW + armedAfter, settings);
        if (path === 'schedule') expect(mayHaveSchedule(set, NOW + armedAfter, settings)).toBe(true);
      }),
    );
    expect(mayHaveSchedule(due(NOW + 118_000), NOW, settings)).toBe(false);
  });

  test('one that was near may have become far by a clock that is behind', () => {
    const set = due(NOW + 119_500);
    expect(planArming(set, NOW - 1000, settings).path).toBe('schedule');
    expect(mayHaveSchedule(set, NOW - 1000, settings)).toBe(true);
  });

  test('a schedule whose time has passed has deleted itself, by every clock', () => {
    const set = due(NOW + 600_000);
    expect(mayHaveSchedule(set, NOW + 525_000 + 1999, settings)).toBe(true);
    expect(mayHaveSchedule(set, NOW + 525_000 + 2000, settings)).toBe(false);
  });
});

describe('the name of a schedule', () => {
  // A schedule may be a year old: the name that deletes it must be the one that created it.
  test('never changes', () => {
    expect(scheduleName(timer)).toBe('668000f14d36451dd0e2751156443828152afcc7af9761c12907fca3c6bf791d');
  });

  test('never changes, of a resource action either', () => {
    const name = scheduleName({ ...timer, resource: 'server' });
    expect(name).toBe('f92e5a8facacff441d6766e3778a0f1100864abbfbafa6884e50337b600bf121');
  });

  test('is different for another stack, resource, operation, generation or dueAt, but not for another setAt', () => {
    const names = [
      timer,
      { ...timer, resource: 'server' },
      { ...timer, resource: 'volume' },
      { ...timer, stackId: 'stack-2', resource: 'server' },
      { ...timer, stackId: 'RESOURCE', resource: 'stack-1' },
      { ...timer, stackId: 'stack-2' },
      { ...timer, operationId: 'op-2' },
      { ...timer, generation: 2 },
      { ...timer, dueAt: NOW + 1 },
    ].map(scheduleName);
    expect(new Set(names).size).toBe(names.length);
    expect(scheduleName({ ...timer, setAt: NOW + 1 })).toBe(names[0]);
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
  });
});

describe('shards', () => {
  // Rows store their shard: a stack that moved to another one would be found twice, or not at all.
  test('never change', () => {
    const all = (kind: string) => Array.from({ length: 32 }, (_, n) => `${kind}${n}`);
    expect(STACK_SHARDS).toEqual(all('S'));
    expect(SHARDS).toEqual([...all('S'), ...all('R')]);
    const stacks = ['a', 'stack-1', 'heat/prod/network'].map((stackId) => ({ stackId }));
    expect(stacks.map(shardOf)).toEqual(['S18', 'S31', 'S15']);
    const resources = stacks.map((stack) => ({ ...stack, resource: 'server' }));
    expect(resources.map(shardOf)).toEqual(['R26', 'R29', 'R10']);
    expect(ENDED_SHARDS).toEqual({ COMPLETE: all('C'), FAILED: all('F') });
    expect(endedShardOf('COMPLETE', 'a')).toBe('C18');
    expect(endedShardOf('FAILED', 'stack-1')).toBe('F31');
  });

  test('are all in use, and about evenly', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 32_000; n++) {
      const rows = [{ stackId: `stack-${n}` }, { stackId: 'stack-1', resource: `server-${n}` }];
      for (const shard of rows.map(shardOf)) counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...SHARDS].sort());
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });
});

test('the first wake-up of a timer is one that wake understands', () => {
  const wakeUp = firstWakeUp(timer);
  expect(parseWakeUp(JSON.stringify(wakeUp))).toEqual({ ok: true, value: wakeUp });
  expect(wakeUp).toStrictEqual({
    v: 1,
    stackId: 'stack-1',
    operationId: 'op-1',
    generation: 1,
    dueAt: '2026-01-31T12:00:00.000Z',
    hops: 0,
  });
});
