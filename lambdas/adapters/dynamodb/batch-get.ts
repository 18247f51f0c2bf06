import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Pause } from '../pause.ts';
import { untilTaken } from '../until-taken.ts';
import type { Item } from './keys.ts';

/** The items that exist, each read consistently, in no order. At most 100 keys. */
export async function batchGet(
  dynamodb: DynamoDBClient,
  table: string,
  wanted: Item[],
  pause: Pause,
): Promise<Item[]> {
  if (wanted.length === 0) return [];
  const items: Item[] = [];
  // DynamoDB leaves keys when it throttles.
  const get = async (keys: readonly Item[]): Promise<readonly Item[]> => {
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [...keys], ConsistentRead: true } } }),
    );
    items.push(...(Responses?.[table] ?? []));
    return UnprocessedKeys?.[table]?.Keys ?? [];
  };
  const left = await untilTaken(wanted, get, pause);
  if (left.length > 0) throw new Error(`DynamoDB left ${left.length} rows unread`);
  return items;
}
