/** P15: what is kept of each status change. */
import { describe, expect, test } from 'vitest';
import { answers } from '../../../../contract/index.ts';
import type { RowChange } from '../../../../lambdas/domain/consequences.ts';
import { historyEntry, positionOf } from '../../../../lambdas/domain/history.ts';
import { statusChanges } from '../../../../lambdas/domain/status-changes.ts';
import { backoff, endedResource, queued, running } from '../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW } from '../../../support/rows.ts';

const entriesOf = (change: RowChange) =>
  statusChanges(change).map((one) => {
    const { entry } = historyEntry(one, 0);
    // As clients check it: with no field besides.
    expect(answers.GetHistory.parse({ ok: true, history: [entry] }).history).toEqual([entry]);
    return entry;
  });
const entryOf = (change: RowChange) => {
  const [entry, ...others] = entriesOf(change);
  expect(others).toEqual([]);
  return entry;
};

const iso = (instant: number) => new Date(instant).toISOString();
const lastFailure = {
  attempt: 1,
  engineId: 'engine-1',
  cause: 'ENGINE_LOST',
  reason: 'went down',
  at: NOW,
} as const;

describe('of an operation', () => {
  test('a start has the deadline', () => {
    expect(entryOf({ after: inProgress() })).toEqual({
      at: iso(NOW),
      stackId: 'stack-1',
      operationId: 'op-1',
      action: 'CREATE',
      transition: 'START',
      status: 'IN_PROGRESS',
      statusReason: 'Stack CREATE started',
      deadline: iso(NOW + 60_000),
      version: 1,
    });
  });

  test('an end says why', () => {
    const entry = entryOf({ before: inProgress(), after: endedRow('completed') });
    expect(entry).toMatchObject({ at: iso(NOW - 10_000), transition: 'COMPLETE', cause: 'REPORTED' });
    expect(entry).not.toHaveProperty('latenessMs');
  });

  test('a timeout says how late it was', () => {
    const timedOut = endedRow('timedOut', { endedAt: NOW + 60_250 });
    const entry = entryOf({ before: inProgress(), after: timedOut });
    expect(entry).toMatchObject({ transition: 'TIMEOUT', cause: 'TIMEOUT', latenessMs: 250 });
  });

  test('a supersede makes two, at the same moment and of the same version: the end comes first', () => {
    const next = inProgress({ operationId: 'op-2', startedAt: NOW + 5, change: 'SUPERSEDE', version: 2 });
    const entries = entriesOf({ before: inProgress(), after: next });
    expect(entries).toMatchObject([
      { at: iso(NOW + 5), operationId: 'op-1', transition: 'SUPERSEDE', cause: 'SUPERSEDED', version: 2 },
      { at: iso(NOW + 5), operationId: 'op-2', transition: 'START', version: 2 },
    ]);
    const positions = entries.map(positionOf);
    expect(positions.toSorted()).toEqual(positions);
  });
});

describe('of a resource action', () => {
  test('a dispatch is about the first attempt, and nobody’s yet', () => {
    const entry = entryOf({ after: queued() });
    expect(entry).toMatchObject({ resource: 'server', phase: 'QUEUED', attempt: 1, transition: 'DISPATCH' });
    expect(entry).not.toHaveProperty('engineId');
  });

  test('a claim has the engine, and the deadline of the attempt', () => {
    expect(entryOf({ before: queued(), after: running() })).toMatchObject({
      transition: 'CLAIM',
      phase: 'RUNNING',
      attempt: 1,
      engineId: 'engine-1',
      deadline: iso(NOW + 300_000),
    });
  });

  test('a release has the engine that gave it back', () => {
    const released = queued({ change: 'RELEASE', version: 3 });
    expect(entryOf({ before: running(), after: released })).toMatchObject({
      transition: 'RELEASE',
      attempt: 1,
      engineId: 'engine-1',
    });
  });

  test.each([
    ['waits for the next one', backoff({ lastFailure, cause: 'ENGINE_LOST', change: 'ENGINE_LOST' })],
    [
      'is followed at once',
      queued({ attempt: 2, lastFailure, cause: 'ENGINE_LOST', change: 'ENGINE_LOST', version: 3 }),
    ],
  ])('a failure is about the attempt that failed: %s', (_, after) => {
    for (const before of [running(), undefined]) {
      const failed = { transition: 'ENGINE_LOST', attempt: 1, engineId: 'engine-1', cause: 'ENGINE_LOST' };
      expect(entryOf({ before, after }), 'also when it is restored').toMatchObject(failed);
    }
  });

  test.each(['RETRY', 'OFFER'] as const)(
    '%s is about the next attempt, and why the one before failed is none of it',
    (change) => {
      const before = change === 'RETRY' ? backoff({ lastFailure }) : queued({ attempt: 2, lastFailure });
      const after = queued({ attempt: 2, lastFailure, cause: 'ENGINE_LOST', change, version: 4 });
      const entry = entryOf({ before, after });
      expect(entry).toMatchObject({ transition: change, phase: 'QUEUED', attempt: 2 });
      for (const name of ['cause', 'engineId']) expect(entry).not.toHaveProperty(name);
    },
  );

  test('an offer is when it was made', () => {
    const offered = queued({
      change: 'OFFER',
      timer: { generation: 2, dueAt: NOW + 99_000, setAt: NOW + 60_000 },
    });
    expect(entryOf({ before: queued(), after: offered })).toMatchObject({ at: iso(NOW + 60_000) });
  });

  test('an end has the engine of the last attempt, and why', () => {
    const entry = entryOf({ before: running(), after: endedResource('completed') });
    expect(entry).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED', attempt: 1, engineId: 'engine-1' });
    expect(entry).not.toHaveProperty('phase');
  });

  test('one that is replaced is cancelled first', () => {
    const next = queued({
      operationId: 'op-2',
      version: 3,
      timer: { generation: 3, dueAt: NOW + 99_000, setAt: NOW + 9000 },
    });
    const entries = entriesOf({ before: running(), after: next });
    expect(entries).toMatchObject([
      { operationId: 'op-1', transition: 'CANCEL', attempt: 1, engineId: 'engine-1', at: iso(NOW + 9000) },
      { operationId: 'op-2', transition: 'DISPATCH', attempt: 1 },
    ]);
    expect(entries.map(positionOf).toSorted()).toEqual(entries.map(positionOf));
  });
});

test('an entry is kept for the retention time from its change on, to the second', () => {
  const [change] = statusChanges({ after: inProgress({ startedAt: NOW + 1 }) });
  if (change === undefined) throw new Error('no change');
  expect(historyEntry(change, 5000).expiresAt).toBe(NOW + 6000);
});

test('the same change has the same position; none has that of another', () => {
  const before = running();
  const positions = [
    { after: inProgress() },
    { before: inProgress(), after: endedRow('completed') },
    { before: inProgress(), after: endedRow('cancelled') },
    { after: queued() },
    { after: queued({ resource: 'other' }) },
    { before: queued(), after: before },
    { before, after: endedResource('completed') },
    { before, after: endedResource('lost') },
  ].flatMap((change) => [...entriesOf(change), ...entriesOf(change)].map(positionOf));
  expect(new Set(positions).size).toBe(positions.length / 2);
});

test('moments come before versions, and versions before names', () => {
  const at = (startedAt: number, version: number) =>
    entriesOf({ after: inProgress({ startedAt, version }) }).map(positionOf)[0] ?? '';
  const order = [at(NOW, 9), at(NOW, 10), at(NOW + 1, 2), at(NOW + 1, 1_000_000_000)];
  expect(order.toSorted()).toEqual(order);
});
