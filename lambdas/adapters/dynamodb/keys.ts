/** The keys of the table's items. All that belongs to a stack is under its partition key. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Child } from '../../domain/consequences.ts';

export type Item = Record<string, AttributeValue>;

/**
 * The schema version of the items written here. Raise it when old code must not read what new code
 * writes.
 */
export const SCHEMA_VERSION = 1;

const PK_PREFIX = 'STACK#';
const STACK = 'STACK';
export const RESOURCE = 'RESOURCE#';
export const CHILD = 'CHILD#';
export const HISTORY = 'HISTORY#';

export const pkOf = (stackId: string): string => PK_PREFIX + stackId;
export const stackIdOf = (pk: string): string => pk.slice(PK_PREFIX.length);

const key = (stackId: string, sk: string): Item => marshall({ pk: pkOf(stackId), sk });

export const stackKey = (stackId: string): Item => key(stackId, STACK);
export const resourceKey = (stackId: string, resource: string): Item => key(stackId, RESOURCE + resource);
/**
 * With the operation, so that an earlier one of the same child that is added late takes no place of
 * a later one.
 */
export const childKey = ({ parent, stackId, operationId }: Child): Item =>
  key(parent.stackId, [CHILD + stackId, operationId].join('#'));
/**
 * The input or the output of a resource action: an item of its own, so that the row stays small.
 */
export const payloadKey = (stackId: string, resource: string, kind: 'input' | 'output'): Item =>
  key(stackId, `${kind.toUpperCase()}#${resource}`);

/** By `position`, an entry of the stack's history. */
export const historyKey = (stackId: string, position: string): Item => key(stackId, HISTORY + position);

export const isStackItem = (item: Item): boolean => item.sk?.S === STACK;
export const isResourceActionItem = (item: Item): boolean => item.sk?.S?.startsWith(RESOURCE) ?? false;
/** The resource that an item is about; undefined if it is the stack's own. */
export const resourceOf = (sk: string): string | undefined =>
  sk.startsWith(RESOURCE) ? sk.slice(RESOURCE.length) : undefined;
