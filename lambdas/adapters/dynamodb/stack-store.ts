import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SaveResult, StackStore } from '../../ports/stores.ts';
import { type Pause, randomPause } from '../pause.ts';
import { batchGet } from './batch-get.ts';
import { unchangedSince } from './conditional.ts';
import { stackKey } from './keys.ts';
import { fromStackItem, toStackItem } from './stack-item.ts';

export function createStackStore(
  dynamodb: DynamoDBClient,
  tableName: string,
  pause: Pause = randomPause,
): StackStore {
  return {
    async load(stackId) {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: stackKey(stackId), ConsistentRead: true }),
      );
      return Item && fromStackItem(Item);
    },

    async loadMany(stackIds) {
      return (await batchGet(dynamodb, tableName, stackIds.map(stackKey), pause)).map(fromStackItem);
    },

    async save(row, seen): Promise<SaveResult> {
      try {
        await dynamodb.send(
          new PutItemCommand({
            TableName: tableName,
            Item: toStackItem(row),
            ...unchangedSince(seen),
            // The row that won comes with the refusal: deciding again needs no read.
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { saved: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { saved: false, current: error.Item && fromStackItem(error.Item) };
      }
    },
  };
}
