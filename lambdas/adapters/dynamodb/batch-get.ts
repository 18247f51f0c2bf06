import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Pause, pauseBefore } from '../pause.ts';
import type { Item } from './keys.ts';

/** How often keys that DynamoDB left unprocessed are asked for again. */
const MAX_ROUNDS = 5;

/** The items that exist, each read consistently, in no order. At most 100 keys. */
export async function batchGet(
  dynamodb: DynamoDBClient,
  table: string,
  wanted: Item[],
  pause: Pause,
): Promise<Item[]> {
  let keys = wanted;
  const items: Item[] = [];
  for (let round = 0; keys.length > 0; round++) {
    if (round === MAX_ROUNDS) throw new Error(`DynamoDB left ${keys.length} rows unread`);
    // DynamoDB leaves keys when it throttles: at once, they would only be left again.
    if (round > 0) await pauseBefore(round, pause);
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
    );
    items.push(...(Responses?.[table] ?? []));
    keys = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return items;
}
