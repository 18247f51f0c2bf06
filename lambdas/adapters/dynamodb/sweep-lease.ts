import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DEPLOYMENT_ITEMS } from '../../../contract/deployment.ts';
import type { SweepLease } from '../../ports/stores.ts';

const Key = marshall({ pk: DEPLOYMENT_ITEMS.sweepLease, sk: 'LEASE' });

/**
 * The lease is one item of the table. Without the attribute `change`, the stream's filters drop its
 * writes.
 */
export function createSweepLease(dynamodb: DynamoDBClient, tableName: string): SweepLease {
  /** @returns the item as it was written; undefined if the condition did not hold. */
  async function update(
    UpdateExpression: string,
    ConditionExpression: string,
    values: Record<string, unknown>,
  ): Promise<Record<string, AttributeValue> | undefined> {
    const names = new Set([...`${UpdateExpression} ${ConditionExpression}`.matchAll(/#(\w+)/g)]);
    try {
      const { Attributes = {} } = await dynamodb.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key,
          UpdateExpression,
          ConditionExpression,
          ExpressionAttributeNames: Object.fromEntries(
            [...names].map(([name, attribute]) => [name, String(attribute)]),
          ),
          ExpressionAttributeValues: marshall(values),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  return {
    // The holder's own lease may be taken again: an attempt whose answer was lost has taken it
    // before.
    async acquire(holder, now, until) {
      const item = await update(
        'SET #holder = :holder, #until = :until',
        'attribute_not_exists(#until) OR #until <= :now OR #holder = :holder',
        { ':holder': holder, ':until': until, ':now': now },
      );
      return item && (unmarshall(item).failedStackIds ?? []);
    },
    async release(holder, failedStackIds) {
      await update('SET #until = :zero, #failedStackIds = :failed', '#holder = :holder', {
        ':holder': holder,
        ':zero': 0,
        ':failed': failedStackIds,
      });
    },
  };
}
