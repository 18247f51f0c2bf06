import { expect, test } from 'vitest';
import type { Stack } from '../../../contract/index.ts';
import type { Evidence } from '../../../demo/evidence.ts';
import { endPath, lateness, type Operation, settled } from '../../../demo/operation.ts';
import { failures, summary } from '../../../demo/report.ts';
import { judge, LATENESS_BOUNDS } from '../../../demo/verdict.ts';
import { percentile } from '../../support/statistics.ts';

const DEADLINE = Date.UTC(2026, 0, 31, 12);
const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
const subject = { stackId: 'web', operationId: 'update-1', generation: 1, timestamp: iso(DEADLINE) };

const armed = (path: 'near' | 'schedule'): Evidence => ({
  ...subject,
  message: 'timer armed',
  dueAt: iso(DEADLINE),
  ...(path === 'near' ? { path, delaySeconds: 20 } : { path, at: iso(DEADLINE - 12_000) }),
});
const fired = (by: 'wake' | 'sweep'): Evidence => ({ ...subject, message: 'wake-up', by, outcome: 'fired' });

const running: Stack = {
  stackId: 'web',
  operationId: 'update-1',
  action: 'UPDATE',
  status: 'IN_PROGRESS',
  statusReason: 'Stack UPDATE started',
  startedAt: iso(DEADLINE - 60_000),
  deadline: iso(DEADLINE),
  version: 1,
};
const timedOut = (late: number): Stack => ({
  ...running,
  status: 'FAILED',
  cause: 'TIMEOUT',
  endedAt: iso(DEADLINE + late),
  version: 2,
});
const completed: Stack = {
  ...running,
  status: 'COMPLETE',
  cause: 'REPORTED',
  endedAt: iso(DEADLINE - 30_000),
  version: 2,
};

const operation = (seen: Partial<Operation>): Operation => ({
  stackId: 'web',
  operationId: 'update-1',
  action: 'UPDATE',
  note: '',
  expected: { end: 'timeout' },
  accepted: running,
  stack: running,
  evidence: [],
  ...seen,
});
const byNear = [armed('near'), fired('wake')];

test.each<[string, Partial<Operation>]>([
  ['a timeout in time', { stack: timedOut(700), evidence: byNear }],
  ['a timeout at the deadline itself', { stack: timedOut(0), evidence: byNear }],
  [
    'a timeout by the path named',
    { stack: timedOut(700), evidence: byNear, expected: { end: 'timeout', path: 'near' } },
  ],
  [
    'a timeout by the sweep, much later',
    { stack: timedOut(60_000), evidence: [armed('schedule'), fired('sweep')] },
  ],
  ['a completion', { stack: completed, accepted: completed, expected: { end: 'completed' } }],
  ['either end: a timeout', { stack: timedOut(700), evidence: byNear, expected: { end: 'either' } }],
  ['either end: a completion', { stack: completed, accepted: completed, expected: { end: 'either' } }],
])('%s is as it should be', (_, seen) => {
  expect(judge(operation(seen))).toEqual([]);
});

test.each<[string, Partial<Operation>, string]>([
  ['early', { stack: timedOut(-1), evidence: byNear }, 'timed out 1 ms before its deadline'],
  [
    'late',
    { stack: timedOut(3001), evidence: byNear },
    'timed out 3001 ms late; by path near at most 3 s are allowed',
  ],
  [
    'late even for the sweep',
    { stack: timedOut(LATENESS_BOUNDS.sweep * 1000 + 1), evidence: [fired('sweep')] },
    'ms late; by path sweep',
  ],
  [
    'by another path',
    { stack: timedOut(5), evidence: byNear, expected: { end: 'timeout', path: 'sweep' } },
    'timed out by path near, not sweep',
  ],
  ['without a proof', { stack: timedOut(5) }, 'no log line tells how it timed out'],
  ['twice', { stack: timedOut(5), evidence: [...byNear, fired('sweep')] }, 'timed out 2 times'],
  ['not at all', {}, 'has not ended'],
  ['otherwise', { stack: { ...timedOut(5), cause: 'CANCELLED' } }, 'ended as UPDATE_FAILED, cause CANCELLED'],
  [
    'by a timeout instead of a completion',
    { stack: timedOut(5), expected: { end: 'completed' } },
    'cause TIMEOUT',
  ],
  [
    'at a deadline nobody asked for',
    { stack: { ...timedOut(5), deadline: iso(DEADLINE - 1) }, evidence: byNear },
    'was accepted last',
  ],
  [
    'as another operation',
    { stack: { ...timedOut(5), operationId: 'other' } },
    'was replaced by operation other',
  ],
  [
    'completed, then changed',
    { stack: { ...completed, version: 3 }, accepted: completed, expected: { end: 'completed' } },
    'version 3, was 2',
  ],
  [
    'completed, then timed out',
    { stack: completed, accepted: completed, expected: { end: 'completed' }, evidence: [fired('wake')] },
    'was timed out as well',
  ],
  ['refused', { refusal: 'was not started: no' }, 'was not started: no'],
])('an operation that ended %s did not end as it should', (_, seen, reason) => {
  expect(judge(operation(seen))).toEqual(expect.arrayContaining([expect.stringContaining(reason)]));
});

test('an operation that was never started is named', () => {
  const { accepted: _, stack: __, ...never } = operation({});
  expect(failures([never])).toEqual(['web: was not started']);
});

test('how it ended, and how late', () => {
  const one = operation({ stack: timedOut(700), evidence: byNear });
  expect([endPath(one), lateness(one)]).toEqual(['near', 700]);
  const other = operation({ stack: completed });
  expect([endPath(other), lateness(other)]).toEqual(['completed', undefined]);
});

test('a timeout is settled when the log tells of it, or should have', () => {
  const seen = { stack: timedOut(5), endSeenAt: DEADLINE };
  expect(settled(operation(seen), DEADLINE + 1000)).toBe(false);
  expect(settled(operation({ ...seen, evidence: byNear }), DEADLINE + 1000)).toBe(true);
  expect(settled(operation(seen), DEADLINE + 60_000)).toBe(true);
});

test('a completion is settled at once, an operation in progress never', () => {
  expect(settled(operation({ stack: completed }), DEADLINE)).toBe(true);
  expect(settled(operation({}), DEADLINE + 3_600_000)).toBe(false);
});

test('percentiles by the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([50, 99, 100].map((p) => percentile(hundred, p))).toEqual([50, 99, 100]);
  expect(percentile([7], 99)).toBe(7);
  expect(percentile([], 50)).toBeUndefined();
});

test('the summary counts by path', () => {
  const many = [
    operation({ stack: timedOut(700), evidence: byNear }),
    operation({ stack: completed }),
    operation({}),
  ];
  expect(summary(many)).toBe(
    [
      '3 operations, 2 ended',
      '1 timed out by path near: lateness p50 0.700 s, p99 0.700 s',
      '1 completed in time, and not touched since',
    ].join('\n'),
  );
});
