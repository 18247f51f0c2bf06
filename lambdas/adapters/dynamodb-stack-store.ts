import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StackRow } from '../domain/stack.ts';
import type { SaveResult, StackStore } from '../ports.ts';
import { fromItem, type Item, stackKey, toItem } from './stack-item.ts';

/** How often a page of loadMany asks for keys that DynamoDB left unprocessed, before it gives up. */
const MAX_ROUNDS = 5;

export function createStackStore(dynamodb: DynamoDBClient, tableName: string): StackStore {
  return {
    async load(stackId) {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: stackKey(stackId), ConsistentRead: true }),
      );
      return Item && fromItem(Item);
    },

    async loadMany(stackIds) {
      let keys: Item[] = stackIds.map(stackKey);
      const rows: StackRow[] = [];
      for (let round = 0; keys.length > 0; round++) {
        if (round === MAX_ROUNDS) throw new Error(`DynamoDB left ${keys.length} rows unread`);
        const { Responses, UnprocessedKeys } = await dynamodb.send(
          new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } }),
        );
        rows.push(...(Responses?.[tableName] ?? []).map(fromItem));
        keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
      }
      return rows;
    },

    async save(row, seen): Promise<SaveResult> {
      const unchangedSinceSeen =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: '#version = :version AND operationId = :operationId',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: marshall({
                ':version': seen.version,
                ':operationId': seen.operationId,
              }),
            };
      try {
        await dynamodb.send(
          new PutItemCommand({
            TableName: tableName,
            Item: toItem(row),
            ...unchangedSinceSeen,
            // The row that won comes with the refusal: deciding again needs no read.
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { saved: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { saved: false, current: error.Item && fromItem(error.Item) };
      }
    },
  };
}
