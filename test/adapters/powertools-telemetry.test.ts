import { describe, expect, test } from 'vitest';
import { logLine, measurements } from '../../lambdas/adapters/powertools-telemetry.ts';
import type { Observation } from '../../lambdas/ports.ts';
import { NOW } from '../support/rows.ts';

const subject = { stackId: 'stack-1', operationId: 'op-1', generation: 2 };
const timer = { ...subject, dueAt: NOW, setAt: NOW - 1000 };

const observations: [Observation, string[]][] = [
  [{ kind: 'accepted', subject: { ...subject, command: 'StartOperation' }, written: true }, []],
  [
    {
      kind: 'refused',
      code: 'StaleOperation',
      reason: 'old',
      subject: { ...subject, command: 'CancelOperation' },
    },
    ['RefusedStaleOperation=1'],
  ],
  [{ kind: 'armed', timer, plan: { path: 'near', delaySeconds: 5 } }, ['TimersArmedNear=1']],
  [{ kind: 'armed', timer, plan: { path: 'schedule', at: NOW } }, ['TimersArmedSchedule=1']],
  [{ kind: 'unarmed', timer }, ['TimersUnarmed=1']],
  [{ kind: 'disarmed', timer, result: 'deleted' }, []],
  [
    { kind: 'wakeUp', by: 'wake', outcome: 'fired', subject, lateness: 700, hops: 1 },
    ['WakeUpsFired=1', 'Lateness=700', 'Hops=1'],
  ],
  [{ kind: 'wakeUp', by: 'sweep', outcome: 'rearmed', subject }, ['WakeUpsRearmed=1']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'stale', subject, hops: 0 }, ['WakeUpsStale=1', 'Hops=0']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'early', subject, hops: 6 }, ['WakeUpsEarly=1', 'Hops=6']],
  [{ kind: 'failed', subject, error: new Error('broken') }, []],
];

test.each(observations)('%j is measured', (observation, expected) => {
  expect(measurements(observation).map(([name, value]) => `${name}=${value}`)).toEqual(expected);
});

test.each(observations)('%j is a log line with stackId, operationId and generation', (observation) => {
  const [, message, fields] = logLine(observation);
  expect(message).not.toBe('');
  expect(fields).toMatchObject(subject);
});

test('a sweep counts itself, what it found and what it ended', () => {
  const completed = {
    kind: 'sweepCompleted',
    overdue: 5,
    swept: 4,
    failed: 1,
    failedShards: 0,
    outOfTime: false,
  } as const;
  expect(measurements(completed).map(([name, value]) => `${name}=${value}`)).toEqual([
    'SweepCompleted=1',
    'SweepOverdue=5',
    'Swept=4',
  ]);
  expect(logLine(completed)).toEqual([
    'info',
    'sweep completed',
    { overdue: 5, swept: 4, failed: 1, failedShards: 0, outOfTime: false },
  ]);
});

describe('a malformed wake-up', () => {
  test('is named by its message', () => {
    expect(logLine({ kind: 'malformed', messageId: 'm-1', reason: 'v must be 1' })).toMatchObject([
      'error',
      expect.stringContaining('dead-letter'),
      { messageId: 'm-1', reason: 'v must be 1' },
    ]);
  });
});
