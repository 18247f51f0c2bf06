import { describe, expect, test } from 'vitest';
import { consequences, timerChange } from '../../../../lambdas/domain/consequences.ts';
import type { StackRow } from '../../../../lambdas/domain/stack/state.ts';
import { statusChanges } from '../../../../lambdas/domain/status-changes.ts';
import { timerOf } from '../../../../lambdas/domain/timer.ts';
import { endedRow, inProgress, NOW } from '../../../support/rows.ts';

const started = inProgress();
const extended = inProgress({ deadline: NOW + 600_000, change: 'EXTEND', version: 2 });
const rearmed = inProgress({
  deadline: NOW + 600_000,
  timer: { generation: 2, dueAt: NOW + 600_000, setAt: NOW + 60_000 },
  change: 'REARM',
  version: 3,
});
const completed = endedRow('completed');
const next = inProgress({
  operationId: 'op-2',
  startedAt: NOW + 5000,
  timer: { generation: 2, dueAt: NOW + 60_000, setAt: NOW + 5000 },
  endedOperationIds: ['op-1'],
  change: 'SUPERSEDE',
  version: 2,
});

describe('what follows', () => {
  const parent = { stackId: 'stack-0', operationId: 'op-0' };
  const of = <R extends StackRow>(row: R): R => ({ ...row, parent });
  const child = { parent, stackId: 'stack-1', operationId: 'op-1' };
  const shortened = inProgress({ deadline: NOW + 5000, change: 'SHORTEN', version: 2 });
  const cascade = { kind: 'cascade', stackId: 'stack-1', operationId: 'op-1' };
  const clampChildren = { kind: 'clampChildren', stackId: 'stack-1', operationId: 'op-1' };
  test.each<[string, StackRow | undefined, StackRow, object[]]>([
    ['a start: nothing', undefined, started, []],
    [
      'the start of a child: its parent gets to know it',
      undefined,
      of(started),
      [{ kind: 'addChild', child }],
    ],
    ['a later deadline: nothing', started, extended, []],
    [
      'a later deadline of a child: its parent is looked at',
      of(started),
      of(extended),
      [{ kind: 'addChild', child }],
    ],
    ['a timer that is armed again: nothing', of(extended), of(rearmed), []],
    ['an earlier deadline: of all below, too', started, shortened, [clampChildren]],
    ['an earlier deadline of a child: no more than that', of(started), of(shortened), [clampChildren]],
    ['an end: of what belongs to it, too', started, completed, [cascade]],
    ['the end of a child', of(started), of(completed), [cascade, { kind: 'removeChild', child }]],
    ['a supersede: the end of what belonged to the operation before', started, next, [cascade]],
    ['a start over an ended operation: nothing', completed, next, []],
  ])('of %s', (_, before, after, expected) => {
    expect(consequences({ before, after })).toEqual(expected);
  });
});

describe('which timers a change stops and sets', () => {
  test.each([
    ['a start sets one', undefined, started, { arm: timerOf(started) }],
    ['extending costs no scheduler call', started, extended, {}],
    [
      'arming again replaces the timer',
      extended,
      rearmed,
      { disarm: timerOf(started), arm: timerOf(rearmed) },
    ],
    ['an end stops it', started, completed, { disarm: timerOf(started) }],
    ['a supersede replaces it', started, next, { disarm: timerOf(started), arm: timerOf(next) }],
    ['a start over an ended operation sets one', completed, next, { arm: timerOf(next) }],
  ])('%s', (_, before, after, change) => {
    expect(timerChange({ before, after })).toEqual(change);
  });
});

describe('P14: which status changes a change publishes', () => {
  const summary = (before: StackRow | undefined, after: StackRow) =>
    statusChanges({ before, after }).map(({ event: { id, operationId, status, cause, previousStatus } }) => ({
      id,
      operationId,
      status,
      cause,
      previousStatus,
    }));

  test('a start', () => {
    expect(summary(undefined, started)).toEqual([
      { id: 'stack-1/op-1//1/START', operationId: 'op-1', status: 'IN_PROGRESS' },
    ]);
  });

  test('an end', () => {
    expect(summary(started, completed)).toEqual([
      {
        id: 'stack-1/op-1//2/COMPLETE',
        operationId: 'op-1',
        status: 'COMPLETE',
        cause: 'REPORTED',
        previousStatus: 'IN_PROGRESS',
      },
    ]);
  });

  test('a supersede: the end of the old operation, then the start of the new one', () => {
    expect(summary(started, next)).toEqual([
      {
        id: 'stack-1/op-1//2/SUPERSEDE',
        operationId: 'op-1',
        status: 'FAILED',
        cause: 'SUPERSEDED',
        previousStatus: 'IN_PROGRESS',
      },
      { id: 'stack-1/op-2//2/START', operationId: 'op-2', status: 'IN_PROGRESS' },
    ]);
    expect(statusChanges({ before: started, after: next })[0]?.event).toMatchObject({
      statusReason: 'Stack CREATE superseded by operation op-2',
      endedAt: '2026-01-31T12:00:05.000Z',
    });
  });

  test('a start over an ended operation: nothing more about the old one', () => {
    expect(summary(completed, next)).toEqual([
      { id: 'stack-1/op-2//2/START', operationId: 'op-2', status: 'IN_PROGRESS' },
    ]);
  });

  test('a moved deadline is no status change', () => {
    expect(summary(started, extended)).toEqual([]);
    expect(summary(extended, rearmed)).toEqual([]);
  });

  test('the same change has the same id each time', () => {
    expect(summary(started, next)).toEqual(summary(started, next));
  });
});
