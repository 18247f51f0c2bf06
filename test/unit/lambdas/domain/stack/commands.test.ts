import { describe, expect, test } from 'vitest';
import type { RequestOf } from '../../../../../contract/index.ts';
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
 * What each request does in each state: the change that is written, `ok` if nothing is, or the
 * error code. P4 (overdue): between the deadline and the write of the timeout, a command still
 * wins. Expired: TTL deletes only within days; from expiresAt on, the row counts as absent.
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

const parent = { stackId: 'parent', operationId: 'op-p' };
const parentRow = (overrides: Parameters<typeof inProgress>[0] = {}) =>
  inProgress({ ...parent, deadline: NOW + 600_000, ...overrides });
const child = (overrides: Parameters<typeof inProgress>[0] = {}) => inProgress({ parent, ...overrides });

const start = (seenParent: StackRow | undefined, stack?: StackRow, timeoutSeconds = 60) => {
  const request: RequestOf<'StartOperation'> = {
    command: 'StartOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    action: 'CREATE',
    timeoutSeconds,
    parent,
  };
  return decideStackCommand({ stack, parent: seenParent }, request, context);
};
const extend = (seenParent: StackRow | undefined, stack: StackRow, timeoutSeconds: number) =>
  decideStackCommand(
    { stack, parent: seenParent },
    { command: 'ExtendOperation', stackId: 'stack-1', operationId: 'op-1', timeoutSeconds },
    context,
  );

const parents = {
  missing: [undefined, 'StackNotFound'],
  expired: [endedRow('completed', { ...parent, expiresAt: NOW }), 'StackNotFound'],
  ended: [endedRow('completed', parent), 'ParentEnded'],
  'in another operation': [parentRow({ operationId: 'op-q' }), 'ParentEnded'],
  'out of time': [parentRow({ deadline: NOW }), 'ParentEnded'],
} satisfies Record<string, [StackRow | undefined, string]>;

describe('a start under a parent', () => {
  test.each(Object.entries(parents))('that is %s is refused', (_, [row, code]) => {
    expect(start(row)).toMatchObject({ kind: 'refuse', code });
    // It names the parent, and shows it if there is one.
    expect(start(row)).toMatchObject({ message: expect.stringContaining('parent') });
    if (code === 'ParentEnded') expect(start(row)).toMatchObject({ current: row });
  });

  test('that runs: the child knows it', () => {
    expect(start(parentRow())).toMatchObject({
      save: { parent, deadline: NOW + 60_000, timer: { dueAt: NOW + 60_000 } },
    });
  });

  test.each([
    ['later: as asked', 61_000, 60_000],
    ['at the same time', 60_000, 60_000],
    ['earlier: not later than it', 59_999, 59_999],
  ])('whose deadline is %s', (_, ofParent, deadline) => {
    expect(start(parentRow({ deadline: NOW + ofParent }))).toMatchObject({
      save: { deadline: NOW + deadline, timer: { generation: 1, dueAt: NOW + deadline, setAt: NOW } },
    });
  });

  test('is answered, not refused, if it was started before: whatever became of the parent', () => {
    expect(start(undefined, child())).toEqual({ kind: 'unchanged', row: child() });
  });

  test('over an operation that runs needs "supersede" all the same', () => {
    expect(start(parentRow(), child({ operationId: 'op-0' }))).toMatchObject({ code: 'OperationInProgress' });
  });
});

describe('an extension of a child', () => {
  test.each(Object.entries(parents))('whose parent is %s is refused', (_, [row, code]) => {
    expect(extend(row, child(), 60)).toMatchObject({ kind: 'refuse', code });
  });

  test('goes to the deadline of its parent, and no further', () => {
    expect(extend(parentRow(), child(), 599)).toMatchObject({ save: { deadline: NOW + 599_000 } });
    expect(extend(parentRow(), child(), 6000)).toMatchObject({
      save: { deadline: NOW + 600_000, change: 'EXTEND', timer: child().timer },
    });
    expect(extend(parentRow({ deadline: NOW + 30_000 }), child(), 6000)).toMatchObject({
      save: { deadline: NOW + 30_000, change: 'SHORTEN', timer: { generation: 2, dueAt: NOW + 30_000 } },
    });
  });

  test('that has ended is refused for that, whatever its parent is', () => {
    expect(extend(undefined, endedRow('completed', { parent }), 60)).toMatchObject({
      code: 'OperationEnded',
    });
  });

  test('of a stack without a parent asks for none', () => {
    expect(extend(undefined, inProgress(), 600)).toMatchObject({ save: { deadline: NOW + 600_000 } });
  });
});

test('a child is completed and cancelled whatever became of its parent', () => {
  const target = { stackId: 'stack-1', operationId: 'op-1' };
  const rows = { stack: child() };
  for (const request of [
    { command: 'CompleteOperation', ...target, status: 'COMPLETE' },
    { command: 'CancelOperation', ...target },
  ] as const) {
    expect(decideStackCommand(rows, request, context)).toMatchObject({ kind: 'write', save: { parent } });
  }
});
