import {
  type BatchWriteItemCommandInput,
  DynamoDBClient,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { fromHistoryItem, toHistoryItem } from '../../../../../lambdas/adapters/dynamodb/history-item.ts';
import { createHistoryStore } from '../../../../../lambdas/adapters/dynamodb/history-store.ts';
import { historyEntry } from '../../../../../lambdas/domain/history.ts';
import { statusChanges } from '../../../../../lambdas/domain/status-changes.ts';
import { answerAll } from '../../../../support/answer-all.ts';
import { inProgress, NOW } from '../../../../support/rows.ts';

const entries = Array.from({ length: 30 }, (_, n) => ({ after: inProgress({ version: n + 1 }) }))
  .flatMap(statusChanges)
  .map((change) => historyEntry(change, 60_000));
const [first] = entries;
if (first === undefined) throw new Error('no entry');

const clientOf = (answer: (operation: string, input: unknown) => object): DynamoDBClient => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  answerAll(client, answer);
  return client;
};

const requestsOf = (input: unknown) => (input as BatchWriteItemCommandInput).RequestItems?.table ?? [];

test('25 entries a call; those that were not taken are sent again, and no others', async () => {
  const sent: number[] = [];
  const client = clientOf((_, input) => {
    const requests = requestsOf(input);
    sent.push(requests.length);
    return requests.length === 25 ? { UnprocessedItems: { table: requests.slice(0, 3) } } : {};
  });
  await createHistoryStore(client, 'table', async () => undefined).add(entries);
  expect(sent.sort((a, b) => a - b)).toEqual([3, 5, 25]);
});

test('in the end it says how many were not taken', async () => {
  const client = clientOf((_, input) => ({ UnprocessedItems: { table: requestsOf(input).slice(0, 1) } }));
  await expect(
    createHistoryStore(client, 'table', async () => undefined).add(entries.slice(0, 9)),
  ).rejects.toThrow('DynamoDB did not take 1 of 9 history entries');
});

test('a page of a filter reads 500 entries at most, in one call', async () => {
  const asked: QueryCommandInput[] = [];
  const item = toHistoryItem(first);
  const client = clientOf((_, input) => {
    asked.push(input as QueryCommandInput);
    return { Items: [], LastEvaluatedKey: { pk: item.pk, sk: item.sk } };
  });
  const { list } = createHistoryStore(client, 'table');
  const page = await list({ stackId: 'stack-1', operationId: 'op-1' }, { limit: 5, now: NOW });
  expect(page).toEqual({ entries: [], next: item.sk?.S?.slice('HISTORY#'.length) });
  await list({ stackId: 'stack-1' }, { limit: 5, now: NOW });
  expect(asked.map(({ Limit }) => Limit)).toEqual([500, 5]);
});

test('an item of an unknown schema version is refused', () => {
  expect(fromHistoryItem(toHistoryItem(first))).toEqual(first);
  expect(() => fromHistoryItem({ ...toHistoryItem(first), v: { N: '2' } })).toThrow('of schema version 2');
});
