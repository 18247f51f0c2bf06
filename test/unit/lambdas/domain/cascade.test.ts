import { describe, expect, test } from 'vitest';
import {
  decideCancellation,
  decideChildBinding,
  decideChildEnd,
  decideOperationFailure,
} from '../../../../lambdas/domain/cascade.ts';
import type { StackRow } from '../../../../lambdas/domain/stack/state.ts';
import { backoff, endedResource, KEPT, queued, running } from '../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../support/rows.ts';

const context = { now: NOW, retention: RETENTION };

describe('a resource action of an ended operation', () => {
  test.each([queued(), running(), backoff()])('is cancelled ($phase)', (row) => {
    const { save } = decideCancellation(row, 'op-1', context);
    expect(save).toMatchObject({
      status: 'FAILED',
      cause: 'CANCELLED',
      statusReason: 'Resource CREATE cancelled: operation op-1 has ended',
      endedAt: NOW,
      expiresAt: NOW + RETENTION,
      lastGeneration: row.timer.generation,
      change: 'CANCEL',
      version: row.version + 1,
    });
    for (const name of ['timer', 'phase', 'claimId', 'retryAt']) expect(save).not.toHaveProperty(name);
  });

  test.each(['completed', 'failed', 'timedOut', 'lost', 'unclaimed'] as const)(
    'is kept till then if it ended before, and expires from then on (%s)',
    (how) => {
      const row = endedResource(how);
      expect(row.expiresAt).toBe(NOW - 10_000 + RETENTION + KEPT);
      expect(decideCancellation(row, 'op-1', { ...context, now: NOW + 1 })).toEqual({
        expire: { ...row, expiresAt: NOW + 1000 + RETENTION },
      });
    },
  );

  test('shows who had it', () => {
    expect(decideCancellation(running(), 'op-1', context).save).toMatchObject({ engineId: 'engine-1' });
    expect(decideCancellation(queued(), 'op-1', context).save).not.toHaveProperty('engineId');
  });

  test.each([
    ['that is gone', undefined],
    ['that was cancelled', endedResource('cancelled')],
    ['that expires already', endedResource('completed', { expiresAt: NOW + 9 * RETENTION })],
    ['of another operation that has ended', endedResource('completed', { operationId: 'op-2' })],
    ['of another operation', queued({ operationId: 'op-2' })],
  ])('is left alone: one %s', (_, row) => {
    expect(decideCancellation(row, 'op-1', context)).toEqual({});
  });
});

describe('a resource action that has failed for good', () => {
  test("fails its operation, in Heat's words", () => {
    const { timer: _, ...kept } = inProgress();
    expect(decideOperationFailure(inProgress(), endedResource('lost'), context)).toEqual({
      save: {
        ...kept,
        status: 'FAILED',
        cause: 'RESOURCE_FAILED',
        statusReason: 'Resource CREATE failed: server: went down',
        endedAt: NOW,
        expiresAt: NOW + RETENTION,
        lastGeneration: 1,
        change: 'RESOURCE_FAILED',
        version: 2,
      },
    });
  });

  test.each([
    ['timedOut', 'Timed out (attempt 1 failed: no such flavor)'],
    ['unclaimed', 'nobody came (attempt 1 failed: no such flavor)'],
    ['failed', 'broken'],
  ] as const)(
    'that is %s, after an attempt that failed: what no engine told, the one before did',
    (how, said) => {
      const lastFailure = {
        attempt: 1,
        engineId: 'engine-1',
        cause: 'REPORTED',
        reason: 'no such flavor',
        at: NOW - 20_000,
      } as const;
      const failed = endedResource(how, { attempt: 2, lastFailure });
      expect(decideOperationFailure(inProgress(), failed, context).save).toMatchObject({
        statusReason: `Resource CREATE failed: server: ${said}`,
      });
    },
  );

  test.each([
    ['is gone', undefined],
    ['has ended, however', endedRow('completed')],
    ['was replaced by another', inProgress({ operationId: 'op-2' })],
  ])('changes nothing if its operation %s', (_, row) => {
    expect(decideOperationFailure(row, endedResource('failed'), context)).toEqual({});
  });
});

const parent = { stackId: 'parent', operationId: 'op-p' };
const parentRow = (overrides: Parameters<typeof inProgress>[0] = {}) =>
  inProgress({ ...parent, deadline: NOW + 600_000, ...overrides });
const child = (overrides: Parameters<typeof inProgress>[0] = {}) => inProgress({ parent, ...overrides });

const endedParents: Record<string, StackRow | undefined> = {
  missing: undefined,
  expired: endedRow('completed', { ...parent, expiresAt: NOW }),
  ended: endedRow('completed', parent),
  'in another operation': parentRow({ operationId: 'op-q' }),
};

const known = { parent, stackId: 'stack-1', operationId: 'op-1' };
const untouched: [string, StackRow | undefined][] = [
  ['is gone', undefined],
  ['has ended', endedRow('completed', { parent })],
  ['has another operation', child({ operationId: 'op-2' })],
];

describe('the end of a parent', () => {
  test('ends the operation of the child', () => {
    const { timer: _, ...kept } = child();
    expect(decideChildEnd(child(), known, { now: NOW + 1, retention: RETENTION })).toEqual({
      save: {
        ...kept,
        status: 'FAILED',
        cause: 'CANCELLED',
        statusReason: 'Stack CREATE cancelled: the operation of parent stack parent has ended',
        endedAt: NOW + 1,
        expiresAt: NOW + RETENTION + 1000,
        lastGeneration: 1,
        change: 'PARENT_ENDED',
        version: 2,
      },
    });
  });

  test.each(untouched)('does nothing to one that %s', (_, row) => {
    expect(decideChildEnd(row, known, context)).toEqual({});
  });
});

describe("a parent's deadline that has moved", () => {
  const bound = (stack: StackRow | undefined, deadline: number) =>
    decideChildBinding({ stack, parent: parentRow({ deadline }) }, known, context);

  test('takes that of the child with it, and its timer', () => {
    expect(bound(child(), NOW + 20_000)).toEqual({
      save: {
        ...child(),
        deadline: NOW + 20_000,
        askedDeadline: NOW + 60_000,
        timer: { generation: 2, dueAt: NOW + 20_000, setAt: NOW },
        change: 'SHORTEN',
        version: 2,
      },
    });
  });

  test('gives that of the child back what was asked for, and leaves the timer alone', () => {
    const timer = { generation: 1, dueAt: NOW + 20_000, setAt: NOW - 1000 };
    const clamped = child({ deadline: NOW + 20_000, askedDeadline: NOW + 60_000, timer });
    expect(bound(clamped, NOW + 40_000)).toMatchObject({
      save: { deadline: NOW + 40_000, askedDeadline: NOW + 60_000, timer: clamped.timer, change: 'EXTEND' },
    });
    const { save } = bound(clamped, NOW + 70_000);
    expect(save).toMatchObject({ deadline: NOW + 60_000 });
    expect(save).not.toHaveProperty('askedDeadline');
  });

  test.each([NOW + 60_000, NOW + 60_001])(
    'but not one that is earlier still, or the same (%d)',
    (deadline) => {
      expect(bound(child(), deadline)).toEqual({});
    },
  );

  test.each(untouched)('does nothing to one that %s', (_, row) => {
    expect(bound(row, NOW + 1)).toEqual({});
  });

  test.each(Object.entries(endedParents))('ends it if the parent is %s by now', (_, row) => {
    const { save } = decideChildBinding({ stack: child(), parent: row }, known, context);
    expect(save).toMatchObject({ status: 'FAILED', change: 'PARENT_ENDED' });
  });
});
