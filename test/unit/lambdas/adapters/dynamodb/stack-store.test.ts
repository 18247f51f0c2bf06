import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { toStackItem } from '../../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { createStackStore } from '../../../../../lambdas/adapters/dynamodb/stack-store.ts';
import { answerAll } from '../../../../support/answer-all.ts';
import { endedRow, inProgress } from '../../../../support/rows.ts';

const TABLE = 'StackTimeouts-Table';

/** A real client that keeps what it is asked to send; `answer` takes the place of the network. */
function storeWith(answer: (call: number) => object = () => ({})) {
  const sent: { operation: string; input: unknown }[] = [];
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  answerAll(client, (operation, input) => {
    sent.push({ operation, input });
    return answer(sent.length);
  });
  return { store: createStackStore(client, TABLE, async () => undefined), sent };
}

const keyOf = (stackId: string) => ({ pk: { S: `STACK#${stackId}` }, sk: { S: 'STACK' } });

test('a row is read consistently: a decision on an old one would be lost, or wrong', async () => {
  const row = inProgress();
  const { store, sent } = storeWith(() => ({ Item: toStackItem(row) }));
  expect(await store.load('stack-1')).toEqual(row);
  expect(sent).toEqual([
    {
      operation: 'GetItem',
      input: { TableName: TABLE, Key: keyOf('stack-1'), ConsistentRead: true },
    },
  ]);
});

test('a row that does not exist is undefined', async () => {
  expect(await storeWith().store.load('stack-1')).toBeUndefined();
});

test('many rows are read consistently, and those left unprocessed are asked for again', async () => {
  const [one, two, three] = ['one', 'two', 'three'].map((stackId) => inProgress({ stackId }));
  const { store, sent } = storeWith((call) =>
    call === 1
      ? {
          Responses: { [TABLE]: [one, three].flatMap((row) => (row ? [toStackItem(row)] : [])) },
          UnprocessedKeys: { [TABLE]: { Keys: [keyOf('two'), keyOf('four')], ConsistentRead: true } },
        }
      : // `four` does not exist.
        { Responses: { [TABLE]: two ? [toStackItem(two)] : [] }, UnprocessedKeys: {} },
  );
  expect(await store.loadMany(['one', 'two', 'three', 'four'])).toEqual([one, three, two]);
  const request = (...stackIds: string[]) => ({
    operation: 'BatchGetItem',
    input: { RequestItems: { [TABLE]: { Keys: stackIds.map(keyOf), ConsistentRead: true } } },
  });
  expect(sent).toEqual([request('one', 'two', 'three', 'four'), request('two', 'four')]);
});

test('the first row of a stack is saved only if there is none', async () => {
  const { store, sent } = storeWith();
  const row = inProgress();
  expect(await store.save(row, undefined)).toEqual({ saved: true });
  expect(sent).toEqual([
    {
      operation: 'PutItem',
      input: {
        TableName: TABLE,
        Item: toStackItem(row),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ]);
});

test('a row is saved only over the one seen: its version and its operation, not those of the new row', async () => {
  const { store, sent } = storeWith();
  const row = inProgress({ version: 8, operationId: 'op-new' });
  expect(await store.save(row, { version: 7, operationId: 'op-seen' })).toEqual({ saved: true });
  expect(sent).toEqual([
    {
      operation: 'PutItem',
      input: {
        TableName: TABLE,
        Item: toStackItem(row),
        // Both: versions start anew once an expired row has been deleted.
        ConditionExpression: '#version = :version AND operationId = :operationId',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': { N: '7' }, ':operationId': { S: 'op-seen' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ]);
});

test.each([
  ['the row that won comes with the refusal', endedRow('completed')],
  ['if there is none any more, none comes', undefined],
])('a lost race is an answer: %s', async (_, current) => {
  const { store, sent } = storeWith(() => {
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      ...(current && { Item: toStackItem(current) }),
    });
  });
  expect(await store.save(inProgress({ version: 2 }), inProgress())).toEqual({ saved: false, current });
  // Nothing was read for it.
  expect(sent).toHaveLength(1);
});

test('any other trouble of a write is thrown: whether it took effect is not known', async () => {
  const { store } = storeWith(() => {
    throw new Error('no answer');
  });
  await expect(store.save(inProgress(), undefined)).rejects.toThrow('no answer');
});
