import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ChildStore } from '../ports.ts';
import { CHILD, childKey, pkOf } from './keys.ts';

/** A child is an item under its parent's key. Without the attribute `change`, the stream's filters drop it. */
export function createChildStore(dynamodb: DynamoDBClient, TableName: string): ChildStore {
  return {
    async add({ parent, stackId, operationId }) {
      const Item = {
        ...childKey(parent.stackId, stackId),
        ...marshall({ parentOperationId: parent.operationId, operationId }),
      };
      await dynamodb.send(new PutItemCommand({ TableName, Item }));
    },

    async remove({ parent, stackId, operationId }) {
      try {
        await dynamodb.send(
          new DeleteItemCommand({
            TableName,
            Key: childKey(parent.stackId, stackId),
            ConditionExpression: 'operationId = :operationId',
            ExpressionAttributeValues: marshall({ ':operationId': operationId }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async *list({ stackId, operationId }) {
      const pages = paginateQuery(
        { client: dynamodb },
        {
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :child)',
          FilterExpression: 'parentOperationId = :operationId',
          ExpressionAttributeValues: marshall({
            ':pk': pkOf(stackId),
            ':child': CHILD,
            ':operationId': operationId,
          }),
        },
      );
      for await (const { Items = [] } of pages) {
        yield Items.map((item) => {
          const { sk, operationId: own } = unmarshall(item);
          return { parent: { stackId, operationId }, stackId: sk.slice(CHILD.length), operationId: own };
        });
      }
    },
  };
}
