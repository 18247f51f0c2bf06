/** The stack row as a DynamoDB item, and back: the only place that knows the names of the attributes. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { StackEnded, StackInProgress, StackRow } from '../domain/stack.ts';
import { SECOND } from '../domain/time.ts';
import { stackShard } from '../domain/timer.ts';

export type Item = Record<string, AttributeValue>;

/** The schema version of the items written here. Raise it when old code must not read what new code writes. */
const SCHEMA_VERSION = 1;

const PK_PREFIX = 'STACK#';
const SK = 'STACK';

export const stackKey = (stackId: string): Item => marshall({ pk: PK_PREFIX + stackId, sk: SK });
export const isStackItem = (item: Item): boolean => item.sk?.S === SK;
export const stackIdOf = (pk: string): string => pk.slice(PK_PREFIX.length);

export function toItem(row: StackRow): Item {
  const { stackId, endedOperationIds, metadata, ...rest } = row;
  const common = {
    pk: PK_PREFIX + stackId,
    sk: SK,
    v: SCHEMA_VERSION,
    endedOperationIds: [...endedOperationIds],
    ...(metadata !== undefined && { metadata }),
  };
  if (rest.status === 'IN_PROGRESS') {
    const { timer, ...operation } = rest;
    return marshall({
      ...common,
      ...operation,
      generation: timer.generation,
      timerSetAt: timer.setAt,
      // The keys of the sparse index: only a row with a running timer has them.
      timerDueAt: timer.dueAt,
      timerShard: stackShard(stackId),
    });
  }
  const { lastGeneration, expiresAt, ...operation } = rest;
  // DynamoDB's TTL wants seconds.
  return marshall({ ...common, ...operation, generation: lastGeneration, expiresAt: expiresAt / SECOND });
}

/** @throws Error if the item is not a stack row of a known schema version. */
export function fromItem(item: Item): StackRow {
  const {
    pk,
    sk,
    v,
    generation,
    timerDueAt,
    timerSetAt,
    timerShard: _,
    expiresAt,
    ...rest
  } = unmarshall(item);
  if (v !== SCHEMA_VERSION || sk !== SK) {
    throw new Error(
      `item ${pk} ${sk} of schema version ${v} is not a stack row of version ${SCHEMA_VERSION}`,
    );
  }
  const stackId = stackIdOf(pk);
  if (rest.status === 'IN_PROGRESS') {
    const timer = { generation, dueAt: timerDueAt, setAt: timerSetAt };
    return { ...rest, stackId, timer } as StackInProgress;
  }
  return { ...rest, stackId, lastGeneration: generation, expiresAt: expiresAt * SECOND } as StackEnded;
}
