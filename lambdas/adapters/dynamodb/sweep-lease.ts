import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SweepLease } from '../../ports/stores.ts';

const KEY = { pk: 'SWEEP', sk: 'LEASE' };

/** The lease is one item of the table. Without the attribute `change`, the stream's filters drop its writes. */
export function createSweepLease(dynamodb: DynamoDBClient, tableName: string): SweepLease {
  /** @returns whether the condition held. */
  async function put(
    lease: { holder: string; until: number },
    condition: string,
    values: Record<string, string | number>,
  ): Promise<boolean> {
    try {
      await dynamodb.send(
        new PutItemCommand({
          TableName: tableName,
          Item: marshall({ ...KEY, ...lease }),
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries(
            [...condition.matchAll(/#(\w+)/g)].map(([name, attribute]) => [name, String(attribute)]),
          ),
          ExpressionAttributeValues: marshall(values),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return {
    // The holder's own lease may be taken again: an attempt whose answer was lost has taken it before.
    acquire: (holder, now, until) =>
      put({ holder, until }, 'attribute_not_exists(#until) OR #until <= :now OR #holder = :holder', {
        ':now': now,
        ':holder': holder,
      }),
    async release(holder) {
      await put({ holder, until: 0 }, '#holder = :holder', { ':holder': holder });
    },
  };
}
