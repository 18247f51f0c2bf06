/** What an engine's commands write to the row of a resource action, completely: one case for each transition. */
import { describe, expect, test } from 'vitest';
import type { RequestOf } from '../../../../../contract/index.ts';
import {
  decideClaim,
  decideCompleteResource,
  decideRelease,
  remainingSeconds,
} from '../../../../../lambdas/domain/resource-action/commands.ts';
import type { ResourceActionRow } from '../../../../../lambdas/domain/resource-action/state.ts';
import { KEPT, queued, running } from '../../../../support/resource-rows.ts';
import { inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const stack = inProgress({ deadline: NOW + 3_600_000 });
const target = { stackId: 'stack-1', operationId: 'op-1', resource: 'server' };
const claim = { ...target, attempt: 1, claimId: 'claim-1' };
/** Some time after the row's fixture was made. */
const LATER = NOW + 20_000;

const complete = (
  seen: ResourceActionRow,
  fields: Partial<RequestOf<'CompleteResource'>> = {},
  now = LATER,
) =>
  decideCompleteResource(
    seen,
    { command: 'CompleteResource', ...claim, status: 'COMPLETE', ...fields },
    { now, retention: RETENTION },
  );
const claimRow = (seen: ResourceActionRow, now = LATER) =>
  decideClaim({ stack, resource: seen }, { command: 'ClaimResource', ...claim, engineId: 'engine-1' }, now)
    .save;
const release = (seen: ResourceActionRow, now = LATER) =>
  decideRelease(seen, { command: 'ReleaseResource', ...claim }, now).save;

describe('a claim', () => {
  test('gives the attempt to the engine; a timer that comes in time is left alone', () => {
    const seen = queued({
      scheduleToStart: 90_000,
      startDeadline: NOW + 90_000,
      finalDeadline: NOW + 900_000,
      heartbeat: 50_000,
      resourceType: 'OS::Nova::Server',
      hasInput: true,
      outputAttempt: 1,
      version: 4,
    });
    const { offers: _, offerAt: __, startDeadline: ___, ...kept } = seen;
    expect(claimRow(seen)).toEqual({
      ...kept,
      phase: 'RUNNING',
      engineId: 'engine-1',
      claimId: 'claim-1',
      attemptDeadline: LATER + 300_000,
      heartbeatDeadline: LATER + 50_000,
      statusReason: 'Resource CREATE started by engine engine-1',
      change: 'CLAIM',
      version: 5,
    });
  });

  test('of a later attempt: why the one before failed is of the past', () => {
    const seen = queued({ attempt: 2, cause: 'ENGINE_LOST', statusReason: 'went down' });
    const { save } = decideClaim(
      { stack, resource: seen },
      { command: 'ClaimResource', ...claim, attempt: 2, engineId: 'engine-1' },
      NOW,
    );
    expect(save).toMatchObject({ attempt: 2, statusReason: 'Resource CREATE started by engine engine-1' });
    expect(save).not.toHaveProperty('cause');
  });

  test.each([
    ['the attempt is due first', { startToClose: 10_000 }, LATER + 10_000],
    ['a heartbeat is due first', { heartbeat: 5000 }, LATER + 5000],
  ])('%s: the timer is set anew', (_, fields, dueAt) => {
    expect(claimRow(queued(fields))).toMatchObject({ timer: { generation: 2, dueAt, setAt: LATER } });
  });

  test('the attempt is due exactly when the timer is: it is left alone', () => {
    const { timer } = queued();
    expect(claimRow(queued({ startToClose: timer.dueAt - LATER }))).toMatchObject({ timer });
  });

  test('the timer has come due: its wake-up may have been used up, so it is set anew', () => {
    expect(claimRow(queued(), NOW + 60_000)).toMatchObject({
      timer: { generation: 2, dueAt: NOW + 360_000, setAt: NOW + 60_000 },
    });
    expect(claimRow(queued(), NOW + 59_999)).toMatchObject({ timer: queued().timer });
  });

  test('without heartbeats there is no deadline for them', () => {
    expect(claimRow(queued())).not.toHaveProperty('heartbeatDeadline');
  });
});

describe('a report', () => {
  const { timer: _, phase: __, claimId: ___, attemptDeadline: ____, ...kept } = running();

  test('of success ends it, and has its output beside the row', () => {
    expect(complete(running(), { output: [1], reason: 'made it' })).toEqual({
      kind: 'write',
      save: {
        ...kept,
        status: 'COMPLETE',
        cause: 'REPORTED',
        statusReason: 'made it',
        lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'COMPLETE' },
        outputAttempt: 1,
        endedAt: LATER,
        expiresAt: LATER + RETENTION + KEPT,
        lastGeneration: 1,
        change: 'COMPLETE',
        version: 3,
      },
      payload: { kind: 'output', json: '[1]' },
    });
  });

  test('of failure, with an attempt left: BACKOFF', () => {
    const { engineId: _engine, ...rest } = kept;
    expect(complete(running(), { status: 'FAILED', output: null })).toEqual({
      kind: 'write',
      save: {
        ...rest,
        phase: 'BACKOFF',
        retryAt: LATER + 1000,
        cause: 'REPORTED',
        statusReason: 'Resource CREATE failed',
        lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'FAILED' },
        outputAttempt: 1,
        timer: { generation: 2, dueAt: LATER + 1000, setAt: LATER },
        change: 'COMPLETE',
        version: 3,
      },
      payload: { kind: 'output', json: 'null' },
    });
  });

  test('with jitter, the delays of other resource actions are others', () => {
    const retry = { ...running().retry, interval: 90_000, jitter: 'FULL' } as const;
    const retryAt = (fields: object): number => {
      const { save } = complete(running({ retry, ...fields }), { status: 'FAILED', ...fields });
      if (save?.status !== 'IN_PROGRESS' || save.phase !== 'BACKOFF') throw new Error('expected BACKOFF');
      return save.retryAt;
    };
    const others = [{}, { resource: 'volume' }, { stackId: 'stack-2' }, { operationId: 'op-2' }].map(retryAt);
    expect(new Set(others).size).toBe(4);
  });

  test('a delay longer than the timer leaves the timer alone', () => {
    const retry = { ...running().retry, interval: 90_000 };
    expect(complete(running({ retry }), { status: 'FAILED' }).save).toMatchObject({
      retryAt: LATER + 90_000,
      timer: running().timer,
    });
  });

  test.each([
    ['of the last attempt', { attempt: 3 }, {}],
    ['that no attempt would mend', {}, { retryable: false }],
  ])('of failure %s: the end', (_, row, fields) => {
    const { attempt = 1 } = row as { attempt?: number };
    const decision = complete(running(row), { status: 'FAILED', attempt, ...fields });
    expect(decision.save).toMatchObject({
      status: 'FAILED',
      cause: 'REPORTED',
      attempt,
      engineId: 'engine-1',
    });
    expect(decision.save).not.toHaveProperty('timer');
  });

  test('without output, that of an earlier attempt stays', () => {
    expect(complete(running({ attempt: 2, outputAttempt: 1 }), { attempt: 2 })).toMatchObject({
      save: { outputAttempt: 1, lastReport: { attempt: 2 } },
    });
    expect(complete(running())).not.toHaveProperty('payload');
    expect(complete(running()).save).not.toHaveProperty('outputAttempt');
  });

  test('without a reason, the statusReason is a sentence', () => {
    expect(complete(running()).save?.statusReason).toBe('Resource CREATE completed successfully');
  });
});

describe('a release', () => {
  test('gives the attempt back: QUEUED, no attempt consumed, its start deadline anew', () => {
    const seen = running({ scheduleToStart: 45_000, finalDeadline: NOW + 900_000 });
    const { engineId: _, claimId: __, attemptDeadline: ___, ...kept } = seen;
    expect(release(seen, NOW + 5000)).toEqual({
      ...kept,
      phase: 'QUEUED',
      offers: 1,
      offerAt: NOW + 65_000,
      startDeadline: NOW + 50_000,
      statusReason: 'Released by engine engine-1; waits for another one',
      lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'RELEASED' },
      timer: { generation: 2, dueAt: NOW + 50_000, setAt: NOW + 5000 },
      change: 'RELEASE',
      version: 3,
    });
  });

  test('a timer that comes in time is left alone', () => {
    expect(release(running())).toMatchObject({ offerAt: LATER + 60_000, timer: running().timer });
  });
});

describe('the seconds that an attempt has left', () => {
  const row = running({ attemptDeadline: NOW + 10_999 });
  test.each([
    ['whole ones', row, undefined, NOW, 10],
    ['one while there is any time', row, undefined, NOW + 10_998, 1],
    ['none when it is over', row, undefined, NOW + 20_000, 0],
    ['none at its very end', row, undefined, NOW + 10_999, 0],
    ['all attempts together may have less', { ...row, finalDeadline: NOW + 5000 }, undefined, NOW, 5],
    ['so may the operation', row, inProgress({ deadline: NOW + 3000 }), NOW, 3],
    ['or more', row, inProgress(), NOW, 10],
  ])('%s', (_, attempt, operation, now, seconds) => {
    expect(remainingSeconds(attempt, operation, now)).toBe(seconds);
  });
});
