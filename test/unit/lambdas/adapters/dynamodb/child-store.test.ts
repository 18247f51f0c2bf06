import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createChildStore } from '../../../../../lambdas/adapters/dynamodb/child-store.ts';
import { recordingDynamoDB } from '../../../../support/recording-client.ts';

const TABLE = 'StackTimeouts-Table';
const parent = { stackId: 'parent', operationId: 'op-p' };
const child = { parent, stackId: 'stack-1', operationId: 'op-1' };
const KEY = { pk: { S: 'STACK#parent' }, sk: { S: 'CHILD#stack-1#op-1' } };

test('a child is an item without the attribute "change": the stream’s filters drop it', async () => {
  const { client, sent } = recordingDynamoDB();
  const children = createChildStore(client, TABLE);
  await children.add(child, 1_769_860_830_000);
  await children.remove(child);
  expect(sent).toEqual([
    {
      operation: 'PutItem',
      input: {
        TableName: TABLE,
        Item: { ...KEY, parentOperationId: { S: 'op-p' }, expiresAt: { N: '1769860830' } },
        ConditionExpression: 'attribute_not_exists(expiresAt) OR expiresAt <= :expiresAt',
        ExpressionAttributeValues: { ':expiresAt': { N: '1769860830' } },
      },
    },
    { operation: 'DeleteItem', input: { TableName: TABLE, Key: KEY } },
  ]);
});

test('that one which is there expires later is no failure; every other is', async () => {
  const add = (error: Error) => {
    const { client } = recordingDynamoDB(() => {
      throw error;
    });
    return createChildStore(client, TABLE).add(child, 1_769_860_830_000);
  };
  await add(new ConditionalCheckFailedException({ message: 'later', $metadata: {} }));
  await expect(add(new Error('no network'))).rejects.toThrow('no network');
});

test('they are listed consistently, to the last page: one left out would outlive its parent', async () => {
  const item = (name: string) => ({ ...KEY, sk: { S: `CHILD#${name}` }, parentOperationId: { S: 'op-p' } });
  const { client, sent } = recordingDynamoDB((_, call) =>
    call === 1
      ? { Items: [item('a/b:c#op-1')], LastEvaluatedKey: KEY }
      : call === 2
        ? { Items: [], LastEvaluatedKey: KEY }
        : { Items: [item('d#op-2')] },
  );
  const pages = [];
  for await (const page of createChildStore(client, TABLE).list(parent)) pages.push(page);
  expect(pages.flat()).toEqual([
    { parent, stackId: 'a/b:c', operationId: 'op-1' },
    { parent, stackId: 'd', operationId: 'op-2' },
  ]);
  expect(sent).toHaveLength(3);
  expect(sent[0]).toEqual({
    operation: 'Query',
    input: {
      TableName: TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :child)',
      FilterExpression: 'parentOperationId = :operationId',
      ExpressionAttributeValues: {
        ':pk': { S: 'STACK#parent' },
        ':child': { S: 'CHILD#' },
        ':operationId': { S: 'op-p' },
      },
    },
  });
  expect(sent[2]).toMatchObject({ input: { ExclusiveStartKey: KEY } });
});
