/**
 * The row of a resource action as a DynamoDB item, and back: the only place that knows the names of
 * its attributes.
 */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ResourceActionRow } from '../../domain/resource-action/state.ts';
import {
  type Item,
  isResourceActionItem,
  resourceKey,
  resourceOf,
  SCHEMA_VERSION,
  stackIdOf,
} from './keys.ts';
import { fromTimerAttributes, toTimerAttributes } from './timer-attributes.ts';

/**
 * When the last heartbeat was, or counts as. Only stored, so that a heartbeat that comes late can
 * be told from it.
 */
function lastHeartbeatOf(row: ResourceActionRow): { lastHeartbeat?: number } {
  if (!('heartbeatDeadline' in row) || row.heartbeatDeadline === undefined) return {};
  return { lastHeartbeat: row.heartbeatDeadline - (row.heartbeat ?? 0) };
}

export function toResourceActionItem(row: ResourceActionRow): Item {
  const { stackId, resource, ...own } = row;
  const rest = { ...own, ...lastHeartbeatOf(row) };
  const attributes = toTimerAttributes(rest, { stackId, resource });
  return { ...resourceKey(stackId, resource), ...marshall({ v: SCHEMA_VERSION, ...attributes }) };
}

/** @throws Error if the item is not a resource action's row of a known schema version. */
export function fromResourceActionItem(item: Item): ResourceActionRow {
  const { pk, sk, v, lastHeartbeat: _, ...attributes } = unmarshall(item);
  if (v !== SCHEMA_VERSION || !isResourceActionItem(item)) {
    throw new Error(
      `item ${pk} ${sk} of schema version ${v} is not a resource action's row of version ${SCHEMA_VERSION}`,
    );
  }
  return {
    ...fromTimerAttributes(attributes),
    stackId: stackIdOf(pk),
    resource: resourceOf(sk),
  } as unknown as ResourceActionRow;
}
