import { describe, expect, test } from 'vitest';
import { isStackItem } from '../../../../../lambdas/adapters/dynamodb/keys.ts';
import { fromStackItem, toStackItem } from '../../../../../lambdas/adapters/dynamodb/stack-item.ts';
import type { StackRow } from '../../../../../lambdas/domain/stack/state.ts';

/*
 * Items of schema version 1 exactly as tables hold them. If one of these tests fails, the code no
 * longer reads what was written before: raise the schema version, or leave the attributes as they
 * are.
 */
const common = {
  pk: { S: 'STACK#stack-1' },
  sk: { S: 'STACK' },
  v: { N: '1' },
  operationId: { S: 'op-2' },
  action: { S: 'UPDATE' },
  startedAt: { N: '1769860800123' },
  deadline: { N: '1769860860123' },
  endedOperationIds: { L: [{ S: 'op-1' }, { S: 'op-0' }] },
  metadata: { S: '{"owner":"heat"}' },
  version: { N: '7' },
};

const IN_PROGRESS: [item: ReturnType<typeof toStackItem>, row: StackRow] = [
  {
    ...common,
    status: { S: 'IN_PROGRESS' },
    statusReason: { S: 'Stack UPDATE started' },
    change: { S: 'EXTEND' },
    generation: { N: '3' },
    timerSetAt: { N: '1769860805000' },
    timerDueAt: { N: '1769860850456' },
    timerShard: { S: 'S31' },
  },
  {
    stackId: 'stack-1',
    operationId: 'op-2',
    action: 'UPDATE',
    status: 'IN_PROGRESS',
    statusReason: 'Stack UPDATE started',
    startedAt: 1769860800123,
    deadline: 1769860860123,
    timer: { generation: 3, dueAt: 1769860850456, setAt: 1769860805000 },
    endedOperationIds: ['op-1', 'op-0'],
    metadata: '{"owner":"heat"}',
    change: 'EXTEND',
    version: 7,
  },
];

const ENDED: [item: ReturnType<typeof toStackItem>, row: StackRow] = [
  {
    ...common,
    status: { S: 'FAILED' },
    statusReason: { S: 'Timed out' },
    cause: { S: 'TIMEOUT' },
    change: { S: 'TIMEOUT' },
    endedAt: { N: '1769860860200' },
    generation: { N: '3' },
    // Seconds, as DynamoDB's TTL wants them.
    expiresAt: { N: '1772452861' },
    timerDueAt: { N: '1769860860200' },
    timerShard: { S: 'F31' },
  },
  {
    stackId: 'stack-1',
    operationId: 'op-2',
    action: 'UPDATE',
    status: 'FAILED',
    statusReason: 'Timed out',
    cause: 'TIMEOUT',
    startedAt: 1769860800123,
    deadline: 1769860860123,
    endedAt: 1769860860200,
    expiresAt: 1772452861000,
    lastGeneration: 3,
    endedOperationIds: ['op-1', 'op-0'],
    metadata: '{"owner":"heat"}',
    change: 'TIMEOUT',
    version: 7,
  },
];

describe.each([
  ['in progress', ...IN_PROGRESS],
  ['ended', ...ENDED],
])('a row %s', (_, item, row) => {
  test('is written as it always was', () => {
    expect(toStackItem(row)).toStrictEqual(item);
  });

  test('is read as it was', () => {
    expect(fromStackItem(item)).toStrictEqual(row);
  });

  test('without metadata has no attribute for it', () => {
    const { metadata: _item, ...bareItem } = item;
    const { metadata: _row, ...bareRow } = row;
    expect(toStackItem(bareRow as StackRow)).toStrictEqual(bareItem);
    expect(fromStackItem(bareItem)).toStrictEqual(bareRow);
  });

  test.each([
    ['of a later schema version', { v: { N: '2' } }],
    ['of no schema version', { v: { NULL: true as const } }],
    ['that is no stack', { sk: { S: 'LEASE' } }],
  ])('%s is refused', (_what, change) => {
    expect(() => fromStackItem({ ...item, ...change })).toThrow(
      /^item STACK#stack-1 .* is not a stack row of version 1$/,
    );
  });
});

test('a row that has ended is in the index by its status and when it did', () => {
  const complete = { ...ENDED[1], status: 'COMPLETE', cause: 'REPORTED' } as StackRow;
  expect(toStackItem(complete)).toMatchObject({
    timerShard: { S: 'C31' },
    timerDueAt: { N: '1769860860200' },
  });
});

test('a row that ended before it could be in the index is read as it was', () => {
  const { timerDueAt, timerShard, ...item } = ENDED[0];
  expect(fromStackItem(item)).toStrictEqual(ENDED[1]);
});

test('a stack row is told from the other items of the table', () => {
  expect(isStackItem(IN_PROGRESS[0])).toBe(true);
  expect(isStackItem({ pk: { S: 'SWEEP' }, sk: { S: 'LEASE' } })).toBe(false);
});
