/** An entry of the history as a DynamoDB item, and back. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { HistoryEntry } from '../../../contract/index.ts';
import { type KeptEntry, positionOf } from '../../domain/history.ts';
import { SECOND } from '../../domain/time.ts';
import { HISTORY, historyKey, type Item, SCHEMA_VERSION, stackIdOf } from './keys.ts';

/** When it was, and the version of the row, are told by the key. */
export function toHistoryItem({ entry, expiresAt }: KeptEntry): Item {
  const { stackId, at: _, version: __, ...attributes } = entry;
  return {
    ...historyKey(stackId, positionOf(entry)),
    // DynamoDB's TTL wants seconds.
    ...marshall({ v: SCHEMA_VERSION, ...attributes, expiresAt: expiresAt / SECOND }),
  };
}

/** @throws Error if the item is not an entry of a known schema version. */
export function fromHistoryItem(item: Item): KeptEntry {
  const { pk, sk, v, expiresAt, ...attributes } = unmarshall(item);
  if (v !== SCHEMA_VERSION) {
    throw new Error(`item ${pk} ${sk} of schema version ${v} is not an entry of version ${SCHEMA_VERSION}`);
  }
  const [at = '', version = ''] = sk.slice(HISTORY.length).split('#');
  const entry = { ...attributes, stackId: stackIdOf(pk), at, version: Number(version) } as HistoryEntry;
  return { entry, expiresAt: expiresAt * SECOND };
}
