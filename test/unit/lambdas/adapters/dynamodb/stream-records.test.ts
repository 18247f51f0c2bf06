import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { toResourceActionItem } from '../../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { toStackItem } from '../../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { rowChanges } from '../../../../../lambdas/adapters/dynamodb/stream-records.ts';
import { queued, running } from '../../../../support/resource-rows.ts';
import { endedRow, inProgress } from '../../../../support/rows.ts';

const batch = (...images: { OldImage?: object; NewImage?: object }[]) =>
  ({ Records: images.map((dynamodb) => ({ dynamodb })) }) as DynamoDBStreamEvent;

test('changes of rows, old and new, in their order', () => {
  expect(
    rowChanges(
      batch(
        { NewImage: toStackItem(inProgress()) },
        { NewImage: toResourceActionItem(queued()) },
        { OldImage: toResourceActionItem(queued()), NewImage: toResourceActionItem(running()) },
        { OldImage: toStackItem(inProgress()), NewImage: toStackItem(endedRow('completed')) },
      ),
    ),
  ).toEqual([
    { before: undefined, after: inProgress() },
    { before: undefined, after: queued() },
    { before: queued(), after: running() },
    { before: inProgress(), after: endedRow('completed') },
  ]);
});

test('what the filters let through but is no change of a row is left out', () => {
  const [stack, resource] = [toStackItem(inProgress()), toResourceActionItem(queued())];
  expect(
    rowChanges(
      batch(
        { OldImage: stack },
        { OldImage: resource },
        { NewImage: { ...resource, sk: { S: 'INPUT#server' } } },
        { NewImage: { pk: { S: 'SWEEP' }, sk: { S: 'LEASE' } } },
        {},
      ),
    ),
  ).toEqual([]);
});
