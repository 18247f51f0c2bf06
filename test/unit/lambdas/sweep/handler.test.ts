import { beforeAll, expect, test } from 'vitest';
import { toStackItem } from '../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { CONTEXT, dueIn, expectRetention, metricLines, operations, services } from '../handler-harness.ts';

/** Imported when its environment is set. */
let handler: typeof import('../../../../lambdas/sweep/handler.ts').handler;
beforeAll(async () => {
  ({ handler } = await import('../../../../lambdas/sweep/handler.ts'));
});

test('asks the canary, acquires the lease for its invocation, reads each shard, releases the lease', async () => {
  services.answers.Query = { Items: [], Count: 0 };
  await handler({}, CONTEXT);
  expect(operations()).toEqual([
    'POST /2015-03-31/functions/command/invocations',
    'UpdateItem',
    ...Array.from({ length: 64 }, () => 'Query'),
    'UpdateItem',
  ]);
  expect(services.calls[0]?.input).toEqual({ canary: true });
  expect(services.calls[1]?.input).toMatchObject({
    TableName: 'table',
    ExpressionAttributeValues: { ':holder': { S: 'request-1' } },
  });
  expect(metricLines()).toMatchObject([{ SweepCompleted: 1, SweepOverdue: 0, Swept: 0 }]);
});

test('asks its index for what is overdue by more than the grace', async () => {
  services.answers.Query = { Items: [], Count: 0 };
  const startedAt = Date.now();
  await handler({}, CONTEXT);
  const query = services.calls.find(({ operation }) => operation === 'Query')?.input;
  expect(query).toMatchObject({ IndexName: 'timers' });
  const { ExpressionAttributeValues } = query as {
    ExpressionAttributeValues: { ':dueBefore': { N: string } };
  };
  const overdueBy = startedAt - Number(ExpressionAttributeValues[':dueBefore'].N);
  expect(overdueBy).toBeGreaterThan(20_000);
  expect(overdueBy).toBeLessThanOrEqual(30_000);
});

test('what it ends stays for the retention time', async () => {
  const row = toStackItem(dueIn(-60));
  const { pk, sk, timerShard, timerDueAt } = row;
  services.answers.Query = { Items: [{ pk, sk, timerShard, timerDueAt }], Count: 1 };
  services.answers.GetItem = { Item: row };
  services.answers.BatchGetItem = { Responses: { table: [row] } };
  await handler({}, CONTEXT);
  services.calls = services.calls.filter(({ input }) => JSON.stringify(input).includes('TIMEOUT'));
  expectRetention();
});

test('fails if a row could not be read, and still counts what it did', async () => {
  const { pk, sk, timerShard, timerDueAt } = toStackItem(dueIn(-60));
  services.answers.Query = { Items: [{ pk, sk, timerShard, timerDueAt }], Count: 1 };
  services.answers.GetItem = undefined;
  services.answers.BatchGetItem = undefined;
  await expect(handler({}, CONTEXT)).rejects.toThrow('overdue rows failed');
  expect(metricLines()).toMatchObject([{ SweepCompleted: 1, Swept: 0 }]);
});

test('fails if no shard could be read, and is not counted as completed', async () => {
  services.answers.Query = undefined;
  await expect(handler({}, CONTEXT)).rejects.toThrow('64 shards');
  expect(JSON.stringify(metricLines())).not.toContain('SweepCompleted');
});
