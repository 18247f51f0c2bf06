/** Conditional writes: the one form of condition that protects a row. */
import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SeenRow } from '../../ports/stores.ts';
import { type Pause, pauseBefore } from '../pause.ts';

/** The stored row is still the one seen; or there is none, if none was seen. */
export const unchangedSince = (seen: SeenRow | undefined) =>
  seen === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: '#version = :version AND operationId = :operationId',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: marshall({
          ':version': seen.version,
          ':operationId': seen.operationId,
        }),
      };

/** Where a condition that does not hold means that there is nothing to do. */
export async function unlessRefused(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** More than these in a row mean that something else is wrong. */
const MAX_CONFLICTS = 4;

/**
 * Makes a write again that met a transaction on the same item (a report with an output): DynamoDB
 * refuses one of the two at once, and its SDK does not count that as a reason to retry.
 */
export async function afterConflict<T>(write: () => Promise<T>, pause: Pause): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof TransactionConflictException) || tries === MAX_CONFLICTS) throw error;
      await pauseBefore(tries, pause);
    }
  }
}

/** Whether another write came first, or was under way at the same moment: to be decided again. */
export function isLostRace(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).some(
      ({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict',
    );
  }
  return error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException;
}
