import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DEPLOYMENT_ITEMS } from '../../../contract/deployment.ts';
import type { HealthStore } from '../../ports/stores.ts';

const KEY = marshall({ pk: DEPLOYMENT_ITEMS.canary, sk: 'CANARY' });

/**
 * What is known of the canary is one item of the table. Without the attribute `change`, the
 * stream's filters drop it.
 */
export function createHealthStore(dynamodb: DynamoDBClient, TableName: string): HealthStore {
  return {
    async load() {
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key: KEY, ConsistentRead: true }));
      const { pk: _, sk: __, ...health } = Item ? unmarshall(Item) : {};
      return health;
    },

    async record(health) {
      const names = Object.keys(health);
      await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: KEY,
          UpdateExpression: `SET ${names.map((name) => `${name} = :${name}`).join(', ')}`,
          ExpressionAttributeValues: marshall(
            Object.fromEntries(Object.entries(health).map(([name, value]) => [`:${name}`, value])),
          ),
        }),
      );
    },
  };
}
