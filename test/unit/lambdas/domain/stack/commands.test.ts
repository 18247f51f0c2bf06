import { describe, expect, test } from 'vitest';
import { parseRequest, type Request } from '../../../../../contract/index.ts';
import { decideStackCommand, type StackRequest } from '../../../../../lambdas/domain/stack/commands.ts';
import type { StackRow } from '../../../../../lambdas/domain/stack/state.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const context = { now: NOW, retention: RETENTION };
const target = { stackId: 'stack-1', operationId: 'op-1' };

const requests = {
  start: { command: 'StartOperation', ...target, action: 'CREATE', timeoutSeconds: 60 },
  supersede: { command: 'StartOperation', ...target, action: 'CREATE', timeoutSeconds: 60, supersede: true },
  complete: { command: 'CompleteOperation', ...target, status: 'COMPLETE' },
  fail: { command: 'CompleteOperation', ...target, status: 'FAILED', reason: 'no more disks' },
  cancel: { command: 'CancelOperation', ...target },
  extend: { command: 'ExtendOperation', ...target, timeoutSeconds: 600 },
  shorten: { command: 'ExtendOperation', ...target, timeoutSeconds: 5 },
} satisfies Record<string, Request>;

const states = {
  none: undefined,
  current: inProgress(),
  overdue: inProgress({ deadline: NOW - 1, timer: { generation: 1, dueAt: NOW - 1, setAt: NOW - 60_001 } }),
  timedOut: endedRow('timedOut'),
  completed: endedRow('completed'),
  failed: endedRow('failed'),
  cancelled: endedRow('cancelled'),
  expired: endedRow('completed', { expiresAt: NOW }),
  otherRunning: inProgress({ operationId: 'op-2' }),
  otherEnded: endedRow('completed', { operationId: 'op-2' }),
  otherRunningAfterIt: inProgress({ operationId: 'op-2', endedOperationIds: ['op-1'] }),
  otherEndedAfterIt: endedRow('completed', { operationId: 'op-2', endedOperationIds: ['op-1'] }),
} satisfies Record<string, StackRow | undefined>;

/**
 * What each request does in each state: the change that is written, `ok` if nothing is, or the error code.
 * P4 (overdue): between the deadline and the write of the timeout, a command still wins.
 * Expired: TTL deletes only within days; from expiresAt on, the row counts as absent.
 */
const table = `
state                start          supersede      complete       fail           cancel         extend         shorten
none                 START          START          StackNotFound  StackNotFound  StackNotFound  StackNotFound  StackNotFound
current              ok             ok             COMPLETE       COMPLETE       CANCEL         EXTEND         SHORTEN
overdue              ok             ok             COMPLETE       COMPLETE       CANCEL         EXTEND         EXTEND
timedOut             ok             ok             OperationEnded OperationEnded OperationEnded OperationEnded OperationEnded
completed            ok             ok             ok             OperationEnded OperationEnded OperationEnded OperationEnded
failed               ok             ok             OperationEnded ok             OperationEnded OperationEnded OperationEnded
cancelled            ok             ok             OperationEnded OperationEnded ok             OperationEnded OperationEnded
expired              START          START          StackNotFound  StackNotFound  StackNotFound  StackNotFound  StackNotFound
otherRunning         OperationInProgress SUPERSEDE      StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation
otherEnded           START          START          StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation
otherRunningAfterIt  StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation
otherEndedAfterIt    StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation StaleOperation
`;
const [header = [], ...lines] = table
  .trim()
  .split('\n')
  .map((line) => line.split(/ +/));
const cases = lines.flatMap(([state = '', ...outcomes]) =>
  outcomes.map((outcome, column) => [state, header[column + 1] ?? '', outcome] as const),
);

function outcomeOf(seen: StackRow | undefined, request: StackRequest): string {
  const decision = decideStackCommand({ stack: seen }, request, context);
  if (decision.kind === 'refuse') return decision.code;
  return decision.kind === 'write' ? decision.save.change : 'ok';
}

test.each(cases)('a stack that is %s is asked to %s: %s', (state, name, outcome) => {
  expect(outcomeOf(states[state as keyof typeof states], requests[name as keyof typeof requests])).toBe(
    outcome,
  );
});

test('the table has a line for every state and a column for every request', () => {
  expect(header.slice(1)).toEqual(Object.keys(requests));
  expect(lines.map(([state]) => state)).toEqual(Object.keys(states));
});

function saved(seen: StackRow | undefined, request: StackRequest): StackRow {
  const decision = decideStackCommand({ stack: seen }, request, context);
  if (decision.kind !== 'write') throw new Error(`expected a write, not ${decision.kind}`);
  return decision.save;
}

describe('what is written', () => {
  test('a start has a deadline and a timer for it', () => {
    expect(saved(undefined, requests.start)).not.toHaveProperty('metadata');
    expect(saved(undefined, { ...requests.start, metadata: { owner: 'ops' } })).toStrictEqual({
      stackId: 'stack-1',
      operationId: 'op-1',
      action: 'CREATE',
      status: 'IN_PROGRESS',
      statusReason: 'Stack CREATE started',
      startedAt: NOW,
      deadline: NOW + 60_000,
      timer: { generation: 1, dueAt: NOW + 60_000, setAt: NOW },
      metadata: '{"owner":"ops"}',
      endedOperationIds: [],
      change: 'START',
      version: 1,
    });
  });

  test('a supersede continues version and generation, and remembers the operation it ended', () => {
    const seen = inProgress({
      operationId: 'op-2',
      endedOperationIds: ['op-0'],
      version: 7,
      timer: { generation: 3, dueAt: NOW + 60_000, setAt: NOW },
    });
    expect(saved(seen, requests.supersede)).toMatchObject({
      operationId: 'op-1',
      endedOperationIds: ['op-2', 'op-0'],
      version: 8,
      timer: { generation: 4 },
    });
  });

  test('a start over an ended operation continues its generation; over an expired one it forgets the history', () => {
    const remembered = { operationId: 'op-2', endedOperationIds: ['op-0'], version: 4, lastGeneration: 5 };
    expect(saved(endedRow('completed', remembered), requests.start)).toMatchObject({
      endedOperationIds: ['op-2', 'op-0'],
      version: 5,
      timer: { generation: 6 },
    });
    expect(saved(endedRow('completed', { ...remembered, expiresAt: NOW }), requests.start)).toMatchObject({
      endedOperationIds: [],
      version: 5,
      timer: { generation: 6 },
    });
  });

  test('a stack remembers its last 20 ended operations', () => {
    const endedOperationIds = Array.from({ length: 20 }, (_, n) => `old-${n}`);
    const row = saved(endedRow('completed', { operationId: 'op-2', endedOperationIds }), requests.start);
    expect(row.endedOperationIds).toEqual(['op-2', ...endedOperationIds.slice(0, 19)]);
  });

  test('a completed row has no timer, an end, and expires after the retention time', () => {
    expect(saved(inProgress({ metadata: '{}' }), requests.complete)).toEqual({
      stackId: 'stack-1',
      operationId: 'op-1',
      action: 'CREATE',
      status: 'COMPLETE',
      cause: 'REPORTED',
      statusReason: 'Stack CREATE completed successfully',
      startedAt: NOW,
      deadline: NOW + 60_000,
      endedAt: NOW,
      expiresAt: NOW + RETENTION,
      lastGeneration: 1,
      metadata: '{}',
      endedOperationIds: [],
      change: 'COMPLETE',
      version: 2,
    });
  });

  test('a cancelled row says so', () => {
    expect(saved(inProgress(), requests.cancel)).toMatchObject({
      status: 'FAILED',
      cause: 'CANCELLED',
      change: 'CANCEL',
    });
  });

  test('the reason given is the statusReason; without one, it is a sentence as in Heat', () => {
    expect(saved(inProgress(), requests.fail).statusReason).toBe('no more disks');
    expect(saved(inProgress(), { ...requests.complete, status: 'FAILED' }).statusReason).toBe(
      'Stack CREATE failed',
    );
    expect(saved(inProgress(), requests.cancel).statusReason).toBe('Stack CREATE cancelled');
    expect(saved(inProgress(), { ...requests.cancel, reason: 'changed our minds' }).statusReason).toBe(
      'changed our minds',
    );
  });

  test('expiry is a whole second, never before the retention time is over (TTL counts in seconds)', () => {
    const row = decideStackCommand({ stack: inProgress() }, requests.complete, {
      now: NOW + 1,
      retention: RETENTION,
    });
    expect(row.save).toMatchObject({ expiresAt: NOW + RETENTION + 1000 });
  });

  test('P9: extending leaves the timer alone', () => {
    const seen = inProgress({ version: 3 });
    expect(saved(seen, requests.extend)).toEqual({
      ...seen,
      deadline: NOW + 600_000,
      change: 'EXTEND',
      version: 4,
    });
  });

  test('P9: the same deadline once more shortens nothing', () => {
    expect(saved(inProgress(), { ...requests.extend, timeoutSeconds: 60 })).toMatchObject({
      deadline: NOW + 60_000,
      timer: inProgress().timer,
      change: 'EXTEND',
    });
  });

  test('P9: shortening to before the timer arms it anew, at once', () => {
    expect(saved(inProgress(), requests.shorten)).toMatchObject({
      deadline: NOW + 5000,
      timer: { generation: 2, dueAt: NOW + 5000, setAt: NOW },
    });
  });

  test('P9: a deadline taken back, but not to before the timer, leaves the timer alone', () => {
    const extended = inProgress({ deadline: NOW + 900_000 });
    expect(saved(extended, { ...requests.extend, timeoutSeconds: 60 })).toMatchObject({
      deadline: NOW + 60_000,
      timer: extended.timer,
      change: 'SHORTEN',
    });
  });
});

test('a refusal on an existing stack shows it', () => {
  const decision = decideStackCommand({ stack: states.timedOut }, requests.complete, context);
  expect(decision).toMatchObject({ code: 'OperationEnded', current: states.timedOut });
  expect(decision.kind === 'refuse' && decision.message).toContain('CREATE_FAILED, cause TIMEOUT');
});

test('the requests of this table are valid', () => {
  for (const request of Object.values(requests)) expect(parseRequest(request)).toMatchObject({ ok: true });
});
