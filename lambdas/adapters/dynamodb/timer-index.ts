import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TIMER_INDEX } from '../../../contract/deployment.ts';
import type { TimerIndex, TimerQuery } from '../../ports/stores.ts';
import { resourceKey, resourceOf, stackIdOf, stackKey } from './keys.ts';

const { name, shard: SHARD, dueAt: DUE_AT } = TIMER_INDEX;

export function createTimerIndex(dynamodb: DynamoDBClient, tableName: string): TimerIndex {
  return {
    async list(shard, { limit, after, latestFirst = false, ...range }) {
      const { dueFrom = Number.NEGATIVE_INFINITY, dueBefore = Number.POSITIVE_INFINITY } = range;
      // DynamoDB refuses bounds that no entry can be between.
      if (dueFrom >= dueBefore) return { entries: [], more: false };
      const { condition, values } = rangeOf(range);
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: name,
          KeyConditionExpression: [`${SHARD} = :shard`, ...condition].join(' AND '),
          ExpressionAttributeValues: marshall({ ':shard': shard, ...values }),
          ScanIndexForward: !latestFirst,
          Limit: limit,
          ...(after && {
            ExclusiveStartKey: {
              ...(after.resource === undefined
                ? stackKey(after.stackId)
                : resourceKey(after.stackId, after.resource)),
              ...marshall({ [SHARD]: shard, [DUE_AT]: after.dueAt }),
            },
          }),
        }),
      );
      const entries = Items.map((item) => {
        const { pk, sk, [DUE_AT]: dueAt } = unmarshall(item);
        const resource = resourceOf(sk);
        return { stackId: stackIdOf(pk), ...(resource !== undefined && { resource }), dueAt };
      });
      return { entries, more: LastEvaluatedKey !== undefined };
    },
  };
}

/** DynamoDB takes one condition on the sort key. */
function rangeOf({ dueFrom, dueBefore }: Pick<TimerQuery, 'dueFrom' | 'dueBefore'>): {
  condition: string[];
  values: Record<string, number>;
} {
  if (dueFrom === undefined) {
    if (dueBefore === undefined) return { condition: [], values: {} };
    return { condition: [`${DUE_AT} < :dueBefore`], values: { ':dueBefore': dueBefore } };
  }
  if (dueBefore === undefined)
    return { condition: [`${DUE_AT} >= :dueFrom`], values: { ':dueFrom': dueFrom } };
  return {
    condition: [`${DUE_AT} BETWEEN :dueFrom AND :dueUntil`],
    values: { ':dueFrom': dueFrom, ':dueUntil': dueBefore - 1 },
  };
}
