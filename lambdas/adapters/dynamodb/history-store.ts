import { BatchWriteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { KeptEntry } from '../../domain/history.ts';
import { SECOND } from '../../domain/time.ts';
import type { HistoryStore } from '../../ports/stores.ts';
import { batchesOf } from '../batches.ts';
import { type Pause, randomPause } from '../pause.ts';
import { untilTaken } from '../until-taken.ts';
import { fromHistoryItem, toHistoryItem } from './history-item.ts';
import { HISTORY, historyKey, type Item, pkOf } from './keys.ts';

/** BatchWriteItem takes at most this many items in one call. */
const BATCH_SIZE = 25;

/**
 * Entries that a page of a filter is looked for in: of half a kilobyte each, far below the megabyte
 * that a Query reads at most.
 */
const MAX_READ = 500;

/**
 * An entry is an item under its stack's key, in the order of time. Without the attribute `change`,
 * the stream's filters drop it: no function is invoked for it.
 */
export function createHistoryStore(
  dynamodb: DynamoDBClient,
  TableName: string,
  pause: Pause = randomPause,
): HistoryStore {
  async function put(batch: readonly KeptEntry[]): Promise<void> {
    // DynamoDB leaves some of a batch when it throttles.
    const send = async (items: readonly Item[]): Promise<readonly Item[]> => {
      const requests = items.map((Item) => ({ PutRequest: { Item } }));
      const { UnprocessedItems } = await dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }),
      );
      return (UnprocessedItems?.[TableName] ?? []).map(({ PutRequest }) => PutRequest?.Item ?? {});
    };
    const { length } = await untilTaken(batch.map(toHistoryItem), send, pause);
    if (length > 0) throw new Error(`DynamoDB did not take ${length} of ${batch.length} history entries`);
  }

  return {
    async add(entries) {
      await Promise.all(batchesOf(entries, BATCH_SIZE).map(put));
    },

    async list({ stackId, operationId, resource }, { limit, now, after }) {
      const wanted = Object.entries({ operationId, resource }).filter(([, value]) => value !== undefined);
      const conditions = ['expiresAt > :now', ...wanted.map(([name]) => `#${name} = :${name}`)];
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :history)',
          FilterExpression: conditions.join(' AND '),
          ...(wanted.length > 0 && {
            ExpressionAttributeNames: Object.fromEntries(wanted.map(([name]) => [`#${name}`, name])),
          }),
          ExpressionAttributeValues: marshall({
            ':pk': pkOf(stackId),
            ':history': HISTORY,
            ':now': now / SECOND,
            ...Object.fromEntries(wanted.map(([name, value]) => [`:${name}`, value])),
          }),
          ScanIndexForward: false,
          Limit: wanted.length > 0 ? MAX_READ : limit,
          ...(after !== undefined && { ExclusiveStartKey: historyKey(stackId, after) }),
        }),
      );
      const page = Items.slice(0, limit);
      const last = Items.length > limit ? page.at(-1) : LastEvaluatedKey;
      const next = last?.sk?.S?.slice(HISTORY.length);
      return {
        entries: page.map((item) => fromHistoryItem(item).entry),
        ...(next !== undefined && { next }),
      };
    },
  };
}
