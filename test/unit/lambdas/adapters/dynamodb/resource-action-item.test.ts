import { describe, expect, test } from 'vitest';
import { isResourceActionItem, isStackItem } from '../../../../../lambdas/adapters/dynamodb/keys.ts';
import {
  fromResourceActionItem,
  toResourceActionItem,
} from '../../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import type { ResourceActionRow } from '../../../../../lambdas/domain/resource-action/state.ts';

/*
 * Items of schema version 1 exactly as tables hold them. If one of these tests fails, the code no
 * longer reads what was written before: raise the schema version, or leave the attributes as they
 * are.
 */
const commonItem = {
  pk: { S: 'STACK#stack-1' },
  sk: { S: 'RESOURCE#net/server' },
  v: { N: '1' },
  operationId: { S: 'op-2' },
  resourceType: { S: 'OS::Nova::Server' },
  action: { S: 'UPDATE' },
  fingerprint: { S: 'abc' },
  startToClose: { N: '300000' },
  scheduleToStart: { N: '45000' },
  heartbeat: { N: '30000' },
  retry: {
    M: {
      maxAttempts: { N: '3' },
      interval: { N: '1000' },
      backoffRate: { N: '1.5' },
      maxDelay: { N: '100000' },
      jitter: { S: 'FULL' },
    },
  },
  onFailure: { S: 'CONTINUE' },
  hasInput: { BOOL: true },
  finalDeadline: { N: '1769861700000' },
  attempt: { N: '2' },
  lastReport: { M: { attempt: { N: '1' }, claimId: { S: 'claim-1' }, outcome: { S: 'FAILED' } } },
  outputAttempt: { N: '1' },
  version: { N: '7' },
  statusReason: { S: 'a sentence' },
};
const commonRow = {
  stackId: 'stack-1',
  operationId: 'op-2',
  resource: 'net/server',
  resourceType: 'OS::Nova::Server',
  action: 'UPDATE',
  fingerprint: 'abc',
  startToClose: 300_000,
  scheduleToStart: 45_000,
  heartbeat: 30_000,
  retry: { maxAttempts: 3, interval: 1000, backoffRate: 1.5, maxDelay: 100_000, jitter: 'FULL' },
  onFailure: 'CONTINUE',
  hasInput: true,
  finalDeadline: 1769861700000,
  attempt: 2,
  lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'FAILED' },
  outputAttempt: 1,
  version: 7,
  statusReason: 'a sentence',
} as const;
const liveItem = {
  ...commonItem,
  status: { S: 'IN_PROGRESS' },
  generation: { N: '3' },
  timerSetAt: { N: '1769860805000' },
  timerDueAt: { N: '1769860850456' },
  timerShard: { S: 'R6' },
};
const liveRow = {
  ...commonRow,
  status: 'IN_PROGRESS',
  timer: { generation: 3, dueAt: 1769860850456, setAt: 1769860805000 },
} as const;

const ITEMS: [phase: string, item: ReturnType<typeof toResourceActionItem>, row: ResourceActionRow][] = [
  [
    'QUEUED',
    {
      ...liveItem,
      phase: { S: 'QUEUED' },
      offers: { N: '2' },
      offerAt: { N: '1769860920000' },
      startDeadline: { N: '1769860850456' },
      cause: { S: 'ENGINE_LOST' },
      change: { S: 'OFFER' },
    },
    {
      ...liveRow,
      phase: 'QUEUED',
      offers: 2,
      offerAt: 1769860920000,
      startDeadline: 1769860850456,
      cause: 'ENGINE_LOST',
      change: 'OFFER',
    },
  ],
  [
    'RUNNING',
    {
      ...liveItem,
      phase: { S: 'RUNNING' },
      engineId: { S: 'engine-1' },
      claimId: { S: 'claim-2' },
      attemptDeadline: { N: '1769861100000' },
      heartbeatDeadline: { N: '1769860850456' },
      lastHeartbeat: { N: '1769860820456' },
      change: { S: 'HEARTBEAT' },
    },
    {
      ...liveRow,
      phase: 'RUNNING',
      engineId: 'engine-1',
      claimId: 'claim-2',
      attemptDeadline: 1769861100000,
      heartbeatDeadline: 1769860850456,
      change: 'HEARTBEAT',
    },
  ],
  [
    'BACKOFF',
    {
      ...liveItem,
      phase: { S: 'BACKOFF' },
      retryAt: { N: '1769860850456' },
      cause: { S: 'TIMEOUT' },
      change: { S: 'TIMEOUT' },
    },
    { ...liveRow, phase: 'BACKOFF', retryAt: 1769860850456, cause: 'TIMEOUT', change: 'TIMEOUT' },
  ],
  [
    'ended',
    {
      ...commonItem,
      status: { S: 'FAILED' },
      cause: { S: 'REPORTED' },
      engineId: { S: 'engine-1' },
      change: { S: 'COMPLETE' },
      endedAt: { N: '1769860860200' },
      generation: { N: '3' },
      // Seconds, as DynamoDB's TTL wants them.
      expiresAt: { N: '1772452861' },
    },
    {
      ...commonRow,
      status: 'FAILED',
      cause: 'REPORTED',
      engineId: 'engine-1',
      change: 'COMPLETE',
      endedAt: 1769860860200,
      lastGeneration: 3,
      expiresAt: 1772452861000,
    },
  ],
];

describe.each(ITEMS)('an item of schema version 1 that is %s', (_, item, row) => {
  test('is written as it always was', () => {
    expect(toResourceActionItem(row)).toStrictEqual(item);
  });

  test('is read as it was', () => {
    expect(fromResourceActionItem(item)).toStrictEqual(row);
  });

  test.each([
    ['of a later schema version', { v: { N: '2' } }],
    ['of no schema version', { v: { NULL: true as const } }],
    ['that is a stack', { sk: { S: 'STACK' } }],
    ['that is an input', { sk: { S: 'INPUT#net/server' } }],
  ])('%s is refused', (_what, change) => {
    expect(() => fromResourceActionItem({ ...item, ...change })).toThrow(
      /^item STACK#stack-1 .* is not a resource action's row of version 1$/,
    );
  });

  test('is told from the other items of the table', () => {
    expect([isResourceActionItem(item), isStackItem(item)]).toEqual([true, false]);
  });
});
