import { beforeAll, expect, test } from 'vitest';
import { toResourceActionItem } from '../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { toStackItem } from '../../../../lambdas/adapters/dynamodb/stack-item.ts';
import {
  CONTEXT,
  dueIn,
  expectRetention,
  messages,
  metricLines,
  operations,
  runningSince,
  services,
} from '../handler-harness.ts';

/** Imported when its environment is set. */
let handler: typeof import('../../../../lambdas/wake/handler.ts').handler;
beforeAll(async () => {
  ({ handler } = await import('../../../../lambdas/wake/handler.ts'));
});

const wakeUp = {
  v: 1,
  stackId: 'stack-1',
  operationId: 'op-1',
  generation: 1,
  dueAt: '2026-01-31T12:01:00.000Z',
  hops: 0,
};

test('gives back what is not done, by message, and counts what is', async () => {
  expect(await handler(messages(['m-1', 'no JSON'], ['m-2', wakeUp]), CONTEXT)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm-1' }],
  });
  expect(metricLines()).toMatchObject([{ WakeUpsStale: 1, Hops: 0 }]);
});

test('an early wake-up goes back to the timer queue', async () => {
  services.answers.GetItem = { Item: toStackItem(dueIn(60)) };
  expect(await handler(messages(['m-1', wakeUp]), CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(operations()).toEqual(['GetItem', 'SendMessageBatch']);
  expect(services.calls[1]?.input).toMatchObject({ QueueUrl: process.env.TIMER_QUEUE_URL });
});

test('what it ends stays for the retention time', async () => {
  services.answers.GetItem = { Item: toStackItem(dueIn(-1)) };
  expect(await handler(messages(['m-1', wakeUp]), CONTEXT)).toEqual({ batchItemFailures: [] });
  expectRetention();
});

test('before an engine is declared lost, the command function is asked whether it can write', async () => {
  const row = runningSince(Date.now() - 60_000);
  services.answers.BatchGetItem = {
    Responses: { table: [toStackItem(dueIn(600)), toResourceActionItem(row)] },
  };
  const { generation } = row.timer;
  expect(await handler(messages(['m-1', { ...wakeUp, resource: 'server', generation }]), CONTEXT)).toEqual({
    batchItemFailures: [],
  });
  expect(operations()).toEqual([
    'BatchGetItem',
    'GetItem',
    'POST /2015-03-31/functions/command/invocations',
    'GetItem',
    'BatchGetItem',
    'PutItem',
  ]);
  expect(services.calls[2]?.input).toEqual({ canary: true });
  expect(services.calls[5]?.input).toMatchObject({ Item: { change: { S: 'GRANT' } } });
});
