import type { DynamoDBStreamEvent } from 'aws-lambda';
import { beforeAll, expect, test } from 'vitest';
import { toResourceActionItem } from '../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { toStackItem } from '../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { queued } from '../../../support/resource-rows.ts';
import {
  CONTEXT,
  dueIn,
  endOfOperation,
  expectRetention,
  metricLines,
  operations,
  services,
  streamOf,
} from '../handler-harness.ts';

/** Imported when its environment is set. */
let handler: typeof import('../../../../lambdas/effects/handler.ts').handler;
beforeAll(async () => {
  ({ handler } = await import('../../../../lambdas/effects/handler.ts'));
});

test('writes the history, then publishes to the bus', async () => {
  services.answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  await handler(streamOf(dueIn(60)), CONTEXT);
  expect(services.calls).toMatchObject([
    {
      operation: 'BatchWriteItem',
      input: { RequestItems: { table: [{ PutRequest: { Item: { transition: { S: 'START' } } } }] } },
    },
    { operation: 'PutEvents', input: { Entries: [{ EventBusName: 'bus' }] } },
  ]);
});

test('reads from the table what belongs to an ended operation', async () => {
  services.answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  await handler(endOfOperation(), CONTEXT);
  expect(operations().sort()).toEqual(['BatchWriteItem', 'PutEvents', 'Query', 'Query']);
});

test('what it ended is counted', async () => {
  services.answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  // Both for its resource actions and for its children.
  services.answers.Query = { Items: [toResourceActionItem(queued())] };
  await handler(endOfOperation(), CONTEXT);
  expect(operations()).toContain('PutItem');
  expect(metricLines()).toMatchObject([{ Cascaded: 2 }]);
  expectRetention();
});

test('throws so that the stream delivers again, and what it did is counted nevertheless', async () => {
  services.answers.PutEvents = undefined;
  services.answers.Query = { Items: [toResourceActionItem(queued())] };
  await expect(handler(endOfOperation(), CONTEXT)).rejects.toThrow('no');
  expect(metricLines()).toMatchObject([{ Cascaded: 2 }]);
});

test('a resource action is published as one, and its operation is read', async () => {
  services.answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  services.answers.GetItem = { Item: toStackItem(dueIn(60)) };
  await handler(
    {
      Records: [{ dynamodb: { NewImage: toResourceActionItem(queued()) } }],
    } as DynamoDBStreamEvent,
    CONTEXT,
  );
  expect(operations().sort()).toEqual(['BatchWriteItem', 'GetItem', 'PutEvents']);
  expect(services.calls.find(({ operation }) => operation === 'PutEvents')?.input).toMatchObject({
    Entries: [{ EventBusName: 'bus', DetailType: 'Resource Action Status Change' }],
  });
});
