import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { TimerIndex } from '../ports.ts';
import { stackIdOf, stackKey } from './stack-item.ts';

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
              ...stackKey(after.stackId),
              ...marshall({ timerShard: shard, timerDueAt: after.dueAt }),
            },
          }),
        }),
      );
      const entries = Items.map((item) => {
        const { pk, timerDueAt } = unmarshall(item);
        return { stackId: stackIdOf(pk), dueAt: timerDueAt };
      });
      return { entries, more: LastEvaluatedKey !== undefined };
    },
  };
}
