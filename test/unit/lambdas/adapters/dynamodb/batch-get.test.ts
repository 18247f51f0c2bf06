import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { batchGet } from '../../../../../lambdas/adapters/dynamodb/batch-get.ts';
import { answerAll } from '../../../../support/answer-all.ts';

const key = (n: number) => ({ pk: { S: `STACK#${n}` }, sk: { S: 'STACK' } });
const keys = [key(1), key(2)];

/** A table that answers so many times that it left everything unread. */
function throttling(times: number) {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const asked: number[] = [];
  answerAll(client, () => {
    asked.push(asked.length);
    return asked.length > times
      ? { Responses: { table: keys } }
      : { UnprocessedKeys: { table: { Keys: keys } } };
  });
  return { client, asked };
}

test('keys that were left unread are asked for again, after longer and longer pauses', async () => {
  const { client, asked } = throttling(4);
  const pauses: number[] = [];
  const items = await batchGet(client, 'table', keys, async (longest) => pauses.push(longest));
  expect(items).toEqual(keys);
  expect(asked).toHaveLength(5);
  expect(pauses).toEqual([100, 200, 400, 800]);
});

test('in the end it says how many were left unread', async () => {
  const { client, asked } = throttling(100);
  // Rows left out would look as if they did not exist.
  await expect(batchGet(client, 'table', keys, async () => undefined)).rejects.toThrow('left 2 rows unread');
  expect(asked).toHaveLength(5);
});

test('without anything to ask for it makes no call', async () => {
  const { client, asked } = throttling(0);
  expect(await batchGet(client, 'table', [], async () => undefined)).toEqual([]);
  expect(asked).toEqual([]);
});
