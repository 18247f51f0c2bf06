import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { TimerIndex } from '../../ports/stores.ts';
import { resourceKey, resourceOf, stackIdOf, stackKey } from './keys.ts';

const INDEX_NAME = 'timers';

export function createTimerIndex(dynamodb: DynamoDBClient, tableName: string): TimerIndex {
  return {
    async list(shard, { limit, after, dueBefore }) {
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: INDEX_NAME,
          KeyConditionExpression:
            dueBefore === undefined
              ? 'timerShard = :shard'
              : 'timerShard = :shard AND timerDueAt < :dueBefore',
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
              ...marshall({ timerShard: shard, timerDueAt: after.dueAt }),
            },
          }),
        }),
      );
      const entries = Items.map((item) => {
        const { pk, sk, timerDueAt } = unmarshall(item);
        const resource = resourceOf(sk);
        return { stackId: stackIdOf(pk), ...(resource !== undefined && { resource }), dueAt: timerDueAt };
      });
      return { entries, more: LastEvaluatedKey !== undefined };
    },
  };
}
