import { describe, expect, test } from 'vitest';
import { decideCancellation, decideOperationFailure } from '../../../../lambdas/domain/cascade.ts';
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
    ['is gone', undefined],
    ['has ended, however', endedRow('completed')],
    ['was replaced by another', inProgress({ operationId: 'op-2' })],
  ])('changes nothing if its operation %s', (_, row) => {
    expect(decideOperationFailure(row, endedResource('failed'), context)).toEqual({});
  });
});
