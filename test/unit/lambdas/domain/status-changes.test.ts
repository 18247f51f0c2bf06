/** P14: which status changes a change of a row publishes. */
import { describe, expect, test } from 'vitest';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../../lambdas/domain/stack/state.ts';
import { statusChanges } from '../../../../lambdas/domain/status-changes.ts';
import { backoff, endedResource, queued, running } from '../../../support/resource-rows.ts';
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

describe('P14: which status changes a change of a stack publishes', () => {
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

  test('no two changes share an id, whatever slashes are in their names', () => {
    const idOf = (operationId: string, resource: string) =>
      statusChanges({ after: queued({ operationId, resource }) }).map(({ event }) => event.id);
    expect(idOf('a', 'b/c')).toEqual(['stack-1/a/b%2Fc/1/DISPATCH']);
    expect(idOf('a/b', 'c')).toEqual(['stack-1/a%2Fb/c/1/DISPATCH']);
    const ofStack = (stackId: string, operationId: string) =>
      summary(undefined, inProgress({ stackId, operationId }))[0]?.id;
    expect(ofStack('a/b', 'c')).not.toBe(ofStack('a', 'b/c'));
    expect(ofStack('a%2Fb', 'c')).not.toBe(ofStack('a/b', 'c'));
  });
});

const later = { operationId: 'op-2', timer: { generation: 2, dueAt: NOW + 90_000, setAt: NOW + 5000 } };
const dispatchedNext = queued({ ...later, version: 3 });
const beating = running({
  change: 'HEARTBEAT',
  heartbeat: 30_000,
  heartbeatDeadline: NOW + 45_000,
  version: 6,
});

describe('P14: which status changes a change of a resource action publishes', () => {
  const summary = (before: ResourceActionRow | undefined, after: ResourceActionRow) =>
    statusChanges({ before, after }).map(({ event, generation }) => {
      const { id, status, phase, cause, previousStatus, previousPhase } = event as typeof event & {
        phase?: string;
        previousPhase?: string;
      };
      const was = [previousStatus, previousPhase].filter((one) => one !== undefined).join(' ');
      return `${id}: ${was} -> ${[status, phase, cause].filter((one) => one !== undefined).join(' ')}, ${generation}`;
    });
  const rearmed = running({ change: 'REARM', version: 3 });

  test.each<[string, ResourceActionRow | undefined, ResourceActionRow, string[]]>([
    ['a dispatch', undefined, queued(), ['stack-1/op-1/server/1/DISPATCH:  -> IN_PROGRESS QUEUED, 1']],
    [
      'a claim',
      queued(),
      running(),
      ['stack-1/op-1/server/2/CLAIM: IN_PROGRESS QUEUED -> IN_PROGRESS RUNNING, 1'],
    ],
    [
      'a claim after heartbeats, of the next attempt',
      beating,
      running({ attempt: 2, version: 9 }),
      ['stack-1/op-1/server/9/CLAIM: IN_PROGRESS RUNNING -> IN_PROGRESS RUNNING, 1'],
    ],
    [
      'a release',
      running(),
      queued({ change: 'RELEASE', version: 3 }),
      ['stack-1/op-1/server/3/RELEASE: IN_PROGRESS RUNNING -> IN_PROGRESS QUEUED, 1'],
    ],
    [
      'a failed attempt',
      running(),
      backoff(),
      ['stack-1/op-1/server/3/COMPLETE: IN_PROGRESS RUNNING -> IN_PROGRESS BACKOFF REPORTED, 2'],
    ],
    [
      'the next one',
      backoff(),
      queued({ attempt: 2, change: 'RETRY', version: 4, cause: 'REPORTED' }),
      ['stack-1/op-1/server/4/RETRY: IN_PROGRESS BACKOFF -> IN_PROGRESS QUEUED REPORTED, 1'],
    ],
    [
      'work that is offered again: the message may have been lost',
      queued(),
      queued({ change: 'OFFER', offers: 2, version: 2 }),
      ['stack-1/op-1/server/2/OFFER: IN_PROGRESS QUEUED -> IN_PROGRESS QUEUED, 1'],
    ],
    ['a timer that is armed again: nothing', running(), rearmed, []],
    ['an excuse: nothing', running(), running({ change: 'GRANT', version: 3 }), []],
    ['a change after heartbeats', beating, { ...rearmed, version: 7 }, []],
    [
      'an end after heartbeats',
      beating,
      endedResource('completed', { version: 7 }),
      ['stack-1/op-1/server/7/COMPLETE: IN_PROGRESS RUNNING -> COMPLETE REPORTED, 1'],
    ],
    [
      'a dispatch over one of an older operation: the end of that, then the new one',
      running(),
      dispatchedNext,
      [
        'stack-1/op-1/server/3/CANCEL: IN_PROGRESS RUNNING -> FAILED CANCELLED, 1',
        'stack-1/op-2/server/3/DISPATCH:  -> IN_PROGRESS QUEUED, 2',
      ],
    ],
    [
      'over one that had ended: nothing more about that',
      endedResource('completed'),
      dispatchedNext,
      ['stack-1/op-2/server/3/DISPATCH:  -> IN_PROGRESS QUEUED, 2'],
    ],
    [
      'over one of the same operation that had expired',
      endedResource('completed'),
      queued({ version: 4 }),
      ['stack-1/op-1/server/4/DISPATCH:  -> IN_PROGRESS QUEUED, 1'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(summary(before, after)).toEqual(expected);
  });

  test.each(['completed', 'failed', 'timedOut', 'lost', 'unclaimed', 'cancelledAlone'] as const)(
    'a restored row that was lowered to expire with its operation: its end again, of the same id (%s)',
    (how) => {
      const told = (row: ResourceActionRow) =>
        statusChanges({ after: row }).map(({ event, transition }) => ({ id: event.id, transition }));
      const ended = endedResource(how);
      expect(told({ ...ended, change: 'EXPIRE' })).toEqual(told(ended));
    },
  );

  test('what was replaced ended when the new one was dispatched', () => {
    expect(statusChanges({ before: running(), after: dispatchedNext })[0]?.event).toMatchObject({
      statusReason: 'Resource CREATE cancelled: operation op-1 has ended',
      engineId: 'engine-1',
      endedAt: new Date(NOW + 5000).toISOString(),
    });
  });
});
