/** What follows from a change of a row: for other rows, and for its timer. */
import { describe, expect, test } from 'vitest';
import { consequences, timerChange } from '../../../../lambdas/domain/consequences.ts';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../../lambdas/domain/stack/state.ts';
import { timerOf } from '../../../../lambdas/domain/timer.ts';
import { backoff, endedResource, queued, running } from '../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../support/rows.ts';

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

describe('what follows from a change of a stack', () => {
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
      [{ kind: 'addChild', child, deadline: started.deadline }],
    ],
    ['a later deadline: of all below, too', started, extended, [clampChildren]],
    [
      'a later deadline of a child: its parent is checked',
      of(started),
      of(extended),
      [{ kind: 'addChild', child, deadline: extended.deadline }, clampChildren],
    ],
    ['a timer that is armed again: nothing', of(extended), of(rearmed), []],
    ['an earlier deadline: of all below, too', started, shortened, [clampChildren]],
    ['an earlier deadline of a child: no more than that', of(started), of(shortened), [clampChildren]],
    ['an end: of what belongs to it, too', started, completed, [cascade]],
    ['the end of a child', of(started), of(completed), [cascade, { kind: 'removeChild', child }]],
    ['a supersede: the end of what belonged to the operation before', started, next, [cascade]],
    [
      'a supersede, from one parent to another',
      of(started),
      { ...next, parent: { ...parent, operationId: 'op-9' } },
      [
        cascade,
        { kind: 'removeChild', child },
        {
          kind: 'addChild',
          child: { ...child, operationId: 'op-2', parent: { ...parent, operationId: 'op-9' } },
          deadline: next.deadline,
        },
      ],
    ],
    [
      'a supersede with an earlier deadline clamps nothing: the children end',
      started,
      { ...next, deadline: NOW + 1 },
      [cascade],
    ],
    ['a timeout', started, endedRow('timedOut'), [cascade]],
    ['a start over an ended operation: nothing', completed, next, []],
    [
      'a start of the same operation over a row that had expired: its parent is to know it',
      completed,
      of(inProgress({ version: 3 })),
      [{ kind: 'addChild', child, deadline: started.deadline }],
    ],
  ])('of %s', (_, before, after, expected) => {
    expect(consequences({ before, after })).toEqual(expected);
  });
});

describe('which timers a change of a stack stops and sets', () => {
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

const later = { operationId: 'op-2', timer: { generation: 2, dueAt: NOW + 90_000, setAt: NOW + 5000 } };
const dispatchedNext = queued({ ...later, version: 3 });
const beating = running({
  change: 'HEARTBEAT',
  heartbeat: 30_000,
  heartbeatDeadline: NOW + 45_000,
  version: 6,
});

describe('which timers a change of a resource action stops and sets', () => {
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
      dispatchedNext,
      { disarm: of(running()), arm: of(dispatchedNext) },
    ],
    ['over an ended one it sets one', endedResource('lost'), dispatchedNext, { arm: of(dispatchedNext) }],
  ])('%s', (_, before, after, change) => {
    expect(timerChange({ before, after })).toEqual(change);
  });

  test('a timer tells which resource it is of', () => {
    expect(of(queued())).toMatchObject({ stackId: 'stack-1', resource: 'server', operationId: 'op-1' });
  });
});

describe('what follows from a change of a resource action', () => {
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
    [
      'a restored row: what it may have replaced expires',
      undefined,
      queued({ version: 2 }),
      [
        { kind: 'expireReplacedPayloads', row: queued({ version: 2 }) },
        { kind: 'recheck', row: queued({ version: 2 }) },
      ],
    ],
    ['a claim: nothing', queued(), running(), []],
    ['a failed attempt: nothing', running(), backoff(), []],
    ['another offer: nothing', queued(), queued({ change: 'OFFER', version: 2 }), []],
    ['success: nothing', running(), endedResource('completed'), []],
    ['failure: the operation fails', running(), ended, [{ kind: 'failOperation', row: ended }]],
    ['failure that does not matter: nothing', running(), endedResource('failed', carriesOn), []],
    ['being cancelled: nothing; the operation has ended already', running(), endedResource('cancelled'), []],
    ['a change of one that had ended: nothing', ended, { ...ended, version: 9 }, []],
    [
      'a dispatch over one of an older operation',
      running(),
      dispatchedNext,
      [{ kind: 'recheck', row: dispatchedNext }],
    ],
    [
      'the same, with input and output: the old ones expire, though others may be there by now',
      endedResource('completed', { outputAttempt: 1 }),
      queued({ ...dispatchedNext, ...withPayloads }),
      [
        { kind: 'expirePayloads', row: endedResource('completed', { outputAttempt: 1 }) },
        { kind: 'recheck', row: queued({ ...dispatchedNext, ...withPayloads }) },
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
