import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SaveResult, StackStore } from '../../ports/ports.ts';
import { batchGet } from './batch-get.ts';
import { unchangedSince } from './conditional.ts';
import { stackKey } from './keys.ts';
import { fromItem, toItem } from './stack-item.ts';

export function createStackStore(dynamodb: DynamoDBClient, tableName: string): StackStore {
  return {
    async load(stackId) {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: stackKey(stackId), ConsistentRead: true }),
      );
      return Item && fromItem(Item);
    },

    async loadMany(stackIds) {
      return (await batchGet(dynamodb, tableName, stackIds.map(stackKey))).map(fromItem);
    },

    async save(row, seen): Promise<SaveResult> {
      try {
        await dynamodb.send(
          new PutItemCommand({
            TableName: tableName,
            Item: toItem(row),
            ...unchangedSince(seen),
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
