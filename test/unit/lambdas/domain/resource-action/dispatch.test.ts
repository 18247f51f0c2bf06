/** What a dispatch writes, completely. */
import { describe, expect, test } from 'vitest';
import type { RequestOf } from '../../../../../contract/index.ts';
import { decideDispatch } from '../../../../../lambdas/domain/resource-action/commands.ts';
import type { ResourceActionRow } from '../../../../../lambdas/domain/resource-action/state.ts';
import { endedResource, running } from '../../../../support/resource-rows.ts';
import { inProgress, NOW } from '../../../../support/rows.ts';

const stack = inProgress({ deadline: NOW + 3_600_000 });
const target = { stackId: 'stack-1', operationId: 'op-1', resource: 'server' };

const dispatch = (
  seen: ResourceActionRow | undefined,
  fields: Partial<RequestOf<'DispatchResource'>> = {},
  now = NOW,
) =>
  decideDispatch(
    { stack, resource: seen },
    { command: 'DispatchResource', ...target, action: 'CREATE', startToCloseSeconds: 300, ...fields },
    now,
  );

describe('a dispatch', () => {
  test('of little: one attempt, that fails the operation; offered again after a minute', () => {
    expect(dispatch(undefined)).toEqual({
      kind: 'write',
      save: {
        ...target,
        action: 'CREATE',
        fingerprint: expect.stringMatching(/^[\w-]{43}$/),
        startToClose: 300_000,
        retry: { maxAttempts: 1, interval: 1000, backoffRate: 2, maxDelay: 100_000, jitter: 'FULL' },
        onFailure: 'FAIL_OPERATION',
        hasInput: false,
        status: 'IN_PROGRESS',
        phase: 'QUEUED',
        offers: 1,
        offerAt: NOW + 60_000,
        timer: { generation: 1, dueAt: NOW + 60_000, setAt: NOW },
        attempt: 1,
        statusReason: 'Resource CREATE waits for an engine',
        change: 'DISPATCH',
        version: 1,
      },
    });
  });

  test('of everything: deadlines, and its input beside the row', () => {
    const all = {
      resourceType: 'OS::Nova::Server',
      input: { size: ['m1'] },
      scheduleToStartSeconds: 45,
      scheduleToCloseSeconds: 900,
      heartbeatSeconds: 30,
      retry: { maxAttempts: 5, intervalSeconds: 3, backoffRate: 1.5, maxDelaySeconds: 7, jitter: 'NONE' },
      onFailure: 'CONTINUE',
    } as const;
    expect(dispatch(undefined, all)).toMatchObject({
      save: {
        resourceType: 'OS::Nova::Server',
        startToClose: 300_000,
        scheduleToStart: 45_000,
        startDeadline: NOW + 45_000,
        heartbeat: 30_000,
        finalDeadline: NOW + 900_000,
        retry: { maxAttempts: 5, interval: 3000, backoffRate: 1.5, maxDelay: 7000, jitter: 'NONE' },
        onFailure: 'CONTINUE',
        hasInput: true,
        // The first of its deadlines.
        timer: { generation: 1, dueAt: NOW + 45_000, setAt: NOW },
      },
      payload: { kind: 'input', json: '{"size":["m1"]}' },
    });
  });

  test.each([null, false, 0, ''])('an input that is %j is one', (input) => {
    expect(dispatch(undefined, { input })).toMatchObject({
      save: { hasInput: true },
      payload: { kind: 'input', json: JSON.stringify(input) },
    });
  });

  test('the longest delay between attempts is a hundred intervals unless told otherwise', () => {
    expect(dispatch(undefined, { retry: { intervalSeconds: 5 } }).save?.retry).toMatchObject({
      interval: 5000,
      maxDelay: 500_000,
    });
  });

  test.each([
    ['running', running({ operationId: 'op-0', version: 7, timer: { generation: 4, dueAt: NOW, setAt: 0 } })],
    ['ended', endedResource('completed', { operationId: 'op-0', version: 7, lastGeneration: 4 })],
    ['expired', endedResource('completed', { version: 7, lastGeneration: 4, expiresAt: NOW })],
  ])('over an earlier row that is %s: version and generation go on, nothing else', (_, seen) => {
    const first = dispatch(undefined).save;
    expect(dispatch(seen).save).toEqual({
      ...first,
      version: 8,
      timer: { generation: 5, dueAt: NOW + 60_000, setAt: NOW },
    });
  });

  test('the same fields in another order are the same request; any other field is another one', () => {
    const fields = { input: { a: 1, b: { c: [1, 2], d: 2 } }, retry: { maxAttempts: 2, intervalSeconds: 3 } };
    const seen = dispatch(undefined, fields).save;
    const reordered = {
      retry: { intervalSeconds: 3, maxAttempts: 2 },
      input: { b: { d: 2, c: [1, 2] }, a: 1 },
    };
    expect(dispatch(seen, reordered)).toEqual({ kind: 'unchanged', row: seen });
    for (const other of [
      { ...fields, input: { a: 1, b: { c: [2, 1], d: 2 } } },
      { ...fields, retry: { maxAttempts: 3, intervalSeconds: 3 } },
      { ...fields, onFailure: 'FAIL_OPERATION' as const },
      { ...fields, action: 'UPDATE' as const },
    ]) {
      expect(dispatch(seen, other)).toMatchObject({
        kind: 'refuse',
        code: 'ResourceInProgress',
        current: seen,
      });
    }
  });
});
