/** The row of a resource action as a DynamoDB item, and back: the only place that knows the names of its attributes. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ResourceRow } from '../domain/resource.ts';
import { type Item, isResourceItem, resourceKey, resourceOf, SCHEMA_VERSION, stackIdOf } from './keys.ts';
import { fromTimerAttributes, toTimerAttributes } from './timer-attributes.ts';

export function toResourceItem(row: ResourceRow): Item {
  const { stackId, resource, ...rest } = row;
  const attributes = toTimerAttributes(rest, { stackId, resource });
  return { ...resourceKey(stackId, resource), ...marshall({ v: SCHEMA_VERSION, ...attributes }) };
}

/** @throws Error if the item is not a resource action's row of a known schema version. */
export function fromResourceItem(item: Item): ResourceRow {
  const { pk, sk, v, ...attributes } = unmarshall(item);
  if (v !== SCHEMA_VERSION || !isResourceItem(item)) {
    throw new Error(
      `item ${pk} ${sk} of schema version ${v} is not a resource action's row of version ${SCHEMA_VERSION}`,
    );
  }
  return {
    ...fromTimerAttributes(attributes),
    stackId: stackIdOf(pk),
    resource: resourceOf(sk),
  } as unknown as ResourceRow;
}
