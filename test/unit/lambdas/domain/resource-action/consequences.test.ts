/** What follows from a change of a resource action's row, and what is published of it. */
import { describe, expect, test } from 'vitest';
import { consequences, type RowChange, timerChange } from '../../../../../lambdas/domain/consequences.ts';
import type { ResourceActionRow } from '../../../../../lambdas/domain/resource-action/state.ts';
import { statusChanges } from '../../../../../lambdas/domain/status-changes.ts';
import { timerOf } from '../../../../../lambdas/domain/timer.ts';
import { backoff, endedResource, queued, running } from '../../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const later = { operationId: 'op-2', timer: { generation: 2, dueAt: NOW + 90_000, setAt: NOW + 5000 } };
const next = queued({ ...later, version: 3 });
const beating = running({
  change: 'HEARTBEAT',
  heartbeat: 30_000,
  heartbeatDeadline: NOW + 45_000,
  version: 6,
});

describe('which timers a change stops and sets', () => {
  const of = (row: ReturnType<typeof queued> | ReturnType<typeof running>) => timerOf(row);
  const rearmed = running({ timer: { generation: 2, dueAt: NOW + 300_000, setAt: NOW }, change: 'REARM' });
  test.each<[string, ResourceActionRow | undefined, ResourceActionRow, object]>([
    ['a dispatch sets one', undefined, queued(), { arm: of(queued()) }],
    ['a claim that leaves it alone costs no scheduler call', queued(), running(), {}],
    ['nor do heartbeats in between', running(), { ...beating, change: 'REARM' }, {}],
    ['arming again replaces it', running(), rearmed, { disarm: of(running()), arm: of(rearmed) }],
    ['an end stops it', running(), endedResource('completed'), { disarm: of(running()) }],
    [
      'a dispatch over an older operation replaces it',
      running(),
      next,
      { disarm: of(running()), arm: of(next) },
    ],
    ['over an ended one it sets one', endedResource('lost'), next, { arm: of(next) }],
  ])('%s', (_, before, after, change) => {
    expect(timerChange({ before, after })).toEqual(change);
  });

  test('a timer tells which resource it is of', () => {
    expect(of(queued())).toMatchObject({ stackId: 'stack-1', resource: 'server', operationId: 'op-1' });
  });
});

describe('what follows', () => {
  const withPayloads = { hasInput: true };
  const carriesOn = { onFailure: 'CONTINUE' } as const;
  const ended = endedResource('failed');
  test.each<[string, ResourceActionRow | undefined, ResourceActionRow, object[]]>([
    [
      'a dispatch: whether its operation still runs',
      undefined,
      queued(),
      [{ kind: 'recheck', row: queued() }],
    ],
    ['a claim: nothing', queued(), running(), []],
    ['a failed attempt: nothing', running(), backoff(), []],
    ['another offer: nothing', queued(), queued({ change: 'OFFER', version: 2 }), []],
    ['success: nothing', running(), endedResource('completed'), []],
    ['failure: the operation fails', running(), ended, [{ kind: 'failOperation', row: ended }]],
    ['failure that does not matter: nothing', running(), endedResource('failed', carriesOn), []],
    ['being cancelled: nothing; the operation has ended already', running(), endedResource('cancelled'), []],
    ['a change of one that had ended: nothing', ended, { ...ended, version: 9 }, []],
    ['a dispatch over one of an older operation', running(), next, [{ kind: 'recheck', row: next }]],
    [
      'the same, with input and output: the old ones expire, though others may be there by now',
      endedResource('completed', { outputAttempt: 1 }),
      queued({ ...next, ...withPayloads }),
      [
        { kind: 'expirePayloads', row: endedResource('completed', { outputAttempt: 1 }) },
        { kind: 'recheck', row: queued({ ...next, ...withPayloads }) },
      ],
    ],
    [
      'a dispatch of the same operation over a row that had expired: the payloads are those of the new one',
      endedResource('completed', { ...withPayloads, expiresAt: NOW }),
      queued(withPayloads),
      [{ kind: 'recheck', row: queued(withPayloads) }],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(consequences({ before, after })).toEqual(expected);
  });

  test.each([
    ['input', { hasInput: true }],
    ['output', { outputAttempt: 1 }],
  ])(
    'an end with %s: it is kept with the row, or expires with it, before the operation fails',
    (_, fields) => {
      const kept = endedResource('failed', fields);
      expect(consequences({ before: running(fields), after: kept })).toEqual([
        { kind: 'failOperation', row: kept },
      ]);
      const cancelled = endedResource('cancelled', fields);
      expect(consequences({ before: running(fields), after: cancelled })).toEqual([
        { kind: 'expirePayloads', row: cancelled },
      ]);
      const ofEarlierVersion = endedResource('failed', { ...fields, expiresAt: NOW + RETENTION });
      expect(consequences({ before: running(fields), after: ofEarlierVersion })).toEqual([
        { kind: 'expirePayloads', row: ofEarlierVersion },
        { kind: 'failOperation', row: ofEarlierVersion },
      ]);
    },
  );

  test.each(['timedOut', 'lost', 'unclaimed'] as const)('the operation fails for every cause: %s', (how) => {
    expect(consequences({ before: running(), after: endedResource(how) })).toMatchObject([
      { kind: 'failOperation' },
    ]);
  });
});

describe('P14: which status changes a change publishes', () => {
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
      next,
      [
        'stack-1/op-1/server/3/CANCEL: IN_PROGRESS RUNNING -> FAILED CANCELLED, 1',
        'stack-1/op-2/server/3/DISPATCH:  -> IN_PROGRESS QUEUED, 2',
      ],
    ],
    [
      'over one that had ended: nothing more about that',
      endedResource('completed'),
      next,
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

  test('what was replaced ended when the new one was dispatched', () => {
    expect(statusChanges({ before: running(), after: next })[0]?.event).toMatchObject({
      statusReason: 'Resource CREATE cancelled: operation op-1 has ended',
      engineId: 'engine-1',
      endedAt: new Date(NOW + 5000).toISOString(),
    });
  });
});

describe('what follows from a change of a stack', () => {
  const parent = { stackId: 'parent', operationId: 'op-p' };
  const child = { parent, stackId: 'stack-1', operationId: 'op-1' };
  const operation = { stackId: 'stack-1', operationId: 'op-1' };
  const replacement = inProgress({ operationId: 'op-2', version: 2, change: 'SUPERSEDE' });
  const orphan = endedRow('completed');
  test.each<[string, RowChange, object[]]>([
    ['a start: nothing', { after: inProgress() }, []],
    ['a start under a parent', { after: inProgress({ parent }) }, [{ kind: 'addChild', child }]],
    ['an end', { before: inProgress(), after: endedRow('timedOut') }, [{ kind: 'cascade', ...operation }]],
    [
      'an end under a parent',
      { before: inProgress({ parent }), after: endedRow('completed', { parent }) },
      [
        { kind: 'cascade', ...operation },
        { kind: 'removeChild', child },
      ],
    ],
    [
      'a supersede, from one parent to another',
      {
        before: inProgress({ parent }),
        after: { ...replacement, parent: { ...parent, operationId: 'op-q' } },
      },
      [
        { kind: 'cascade', ...operation },
        { kind: 'removeChild', child },
        {
          kind: 'addChild',
          child: { ...child, operationId: 'op-2', parent: { ...parent, operationId: 'op-q' } },
        },
      ],
    ],
    ['a start over an ended operation: nothing about that', { before: orphan, after: replacement }, []],
    [
      'a start of the same operation over a row that had expired: its parent is to know it',
      { before: orphan, after: inProgress({ parent, version: 3 }) },
      [{ kind: 'addChild', child }],
    ],
    ['an extension: nothing', { before: inProgress(), after: inProgress({ deadline: NOW + 90_000 }) }, []],
    [
      'a deadline that has become earlier',
      { before: inProgress(), after: inProgress({ deadline: NOW + 30_000 }) },
      [{ kind: 'clampChildren', ...operation }],
    ],
    [
      'a timer that is armed again: nothing',
      { before: inProgress(), after: inProgress({ change: 'REARM' }) },
      [],
    ],
    [
      'a supersede with an earlier deadline clamps nothing: the children end',
      { before: inProgress(), after: { ...replacement, deadline: NOW + 1 } },
      [{ kind: 'cascade', ...operation }],
    ],
  ])('%s', (_, change, expected) => {
    expect(consequences(change)).toEqual(expected);
  });
});
