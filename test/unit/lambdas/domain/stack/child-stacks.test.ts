/** Stacks that belong to another one: what their commands do, and what the end of the parent does to them. */
import { describe, expect, test } from 'vitest';
import type { RequestOf } from '../../../../../contract/index.ts';
import { decideChildBinding, decideChildEnd } from '../../../../../lambdas/domain/cascade.ts';
import { decideStackCommand } from '../../../../../lambdas/domain/stack/commands.ts';
import type { StackRow } from '../../../../../lambdas/domain/stack/state.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const context = { now: NOW, retention: RETENTION };
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
  const family = { stack: child() };
  for (const request of [
    { command: 'CompleteOperation', ...target, status: 'COMPLETE' },
    { command: 'CancelOperation', ...target },
  ] as const) {
    expect(decideStackCommand(family, request, context)).toMatchObject({ kind: 'write', save: { parent } });
  }
});

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

describe("a parent's deadline that has become earlier", () => {
  const bound = (stack: StackRow | undefined, deadline: number) =>
    decideChildBinding({ stack, parent: parentRow({ deadline }) }, known, context);

  test('takes that of the child with it, and its timer', () => {
    expect(bound(child(), NOW + 20_000)).toEqual({
      save: {
        ...child(),
        deadline: NOW + 20_000,
        timer: { generation: 2, dueAt: NOW + 20_000, setAt: NOW },
        change: 'SHORTEN',
        version: 2,
      },
    });
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

  test.each(Object.entries({ ...parents, 'out of time': undefined }))(
    'ends it if the parent is %s by now',
    (_, found) => {
      const [row] = found ?? [undefined];
      const { save } = decideChildBinding({ stack: child(), parent: row }, known, context);
      expect(save).toMatchObject({ status: 'FAILED', change: 'PARENT_ENDED' });
    },
  );
});
