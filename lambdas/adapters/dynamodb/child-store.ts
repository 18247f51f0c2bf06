import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { SECOND } from '../../domain/time.ts';
import type { ChildStore } from '../../ports/stores.ts';
import { unlessRefused } from './conditional.ts';
import { CHILD, childKey, pkOf } from './keys.ts';

/**
 * A child is an item under its parent's key. Without the attribute `change`, the stream's filters
 * drop it.
 */
export function createChildStore(dynamodb: DynamoDBClient, TableName: string): ChildStore {
  return {
    async add(child, expiresAt) {
      const seconds = expiresAt / SECOND;
      const put = new PutItemCommand({
        TableName,
        Item: {
          ...childKey(child),
          ...marshall({ parentOperationId: child.parent.operationId, expiresAt: seconds }),
        },
        ConditionExpression: 'attribute_not_exists(expiresAt) OR expiresAt <= :expiresAt',
        ExpressionAttributeValues: marshall({ ':expiresAt': seconds }),
      });
      await unlessRefused(dynamodb.send(put));
    },

    async remove(child) {
      await dynamodb.send(new DeleteItemCommand({ TableName, Key: childKey(child) }));
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
          const [child = '', ofChild = ''] = unmarshall(item).sk.slice(CHILD.length).split('#');
          return { parent: { stackId, operationId }, stackId: child, operationId: ofChild };
        });
      }
    },
  };
}
