/**
 * The stack row as a DynamoDB item, and back: the only place that knows the names of its
 * attributes.
 */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { StackRow } from '../../domain/stack/state.ts';
import { type Item, isStackItem, SCHEMA_VERSION, stackIdOf, stackKey } from './keys.ts';
import { fromTimerAttributes, toTimerAttributes } from './timer-attributes.ts';

export function toStackItem(row: StackRow): Item {
  const { stackId, endedOperationIds, metadata, ...rest } = row;
  const common = {
    v: SCHEMA_VERSION,
    endedOperationIds: [...endedOperationIds],
    ...(metadata !== undefined && { metadata }),
  };
  return { ...stackKey(stackId), ...marshall({ ...common, ...toTimerAttributes(rest, { stackId }) }) };
}

/** @throws Error if the item is not a stack row of a known schema version. */
export function fromStackItem(item: Item): StackRow {
  const { pk, sk, v, ...attributes } = unmarshall(item);
  if (v !== SCHEMA_VERSION || !isStackItem(item)) {
    throw new Error(
      `item ${pk} ${sk} of schema version ${v} is not a stack row of version ${SCHEMA_VERSION}`,
    );
  }
  return { ...fromTimerAttributes(attributes), stackId: stackIdOf(pk) } as StackRow;
}
