import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TIMER_INDEX } from '../../../contract/deployment.ts';
import type { TimerIndex } from '../../ports/stores.ts';
import { resourceKey, resourceOf, stackIdOf, stackKey } from './keys.ts';

const { name, shard: SHARD, dueAt: DUE_AT } = TIMER_INDEX;

export function createTimerIndex(dynamodb: DynamoDBClient, tableName: string): TimerIndex {
  return {
    async list(shard, { limit, after, dueBefore }) {
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: name,
          KeyConditionExpression:
            dueBefore === undefined ? `${SHARD} = :shard` : `${SHARD} = :shard AND ${DUE_AT} < :dueBefore`,
          ExpressionAttributeValues: marshall({
            ':shard': shard,
            ...(dueBefore !== undefined && { ':dueBefore': dueBefore }),
          }),
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
