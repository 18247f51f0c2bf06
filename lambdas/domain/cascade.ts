/**
 * What the end of one row does to others: pure functions of the row that it is done to, as
 * everywhere.
 */

import type { Child } from './consequences.ts';
import {
  isKeptForOperation,
  type ResourceActionEnded,
  type ResourceActionRow,
} from './resource-action/state.ts';
import { cancelled } from './resource-action/wake-up.ts';
import type { DecisionContext } from './row.ts';
import type { StackWithParent } from './stack/commands.ts';
import {
  askedDeadlineOf,
  deadlineWithin,
  ended,
  inProgress,
  type StackRow,
  withDeadline,
} from './stack/state.ts';
import { wholeSecond } from './time.ts';

/** The row to save; none if there is nothing left to do. */
export interface Outcome<R> {
  readonly save?: R;
}

/** What the end of its operation means for a resource action. */
export type Cancellation =
  | { readonly save: ResourceActionRow; readonly expire?: never }
  /**
   * It had ended before, and was kept: the row with the time at which it expires now. Else nothing.
   */
  | { readonly expire?: ResourceActionEnded; readonly save?: never };

/**
 * Ends a resource action of an operation that has ended, or lets it expire if it had ended before.
 */
export function decideCancellation(
  row: ResourceActionRow | undefined,
  operationId: string,
  context: DecisionContext,
): Cancellation {
  if (row?.operationId !== operationId) return {};
  if (row.status === 'IN_PROGRESS') return { save: cancelled(row, context) };
  if (!isKeptForOperation(row)) return {};
  return { expire: { ...row, expiresAt: wholeSecond(context.now + context.retention) } };
}

/** Ends the operation of a child whose parent's operation has ended. */
export function decideChildEnd(
  row: StackRow | undefined,
  child: Child,
  context: DecisionContext,
): Outcome<StackRow> {
  const running = inProgress(row, child);
  if (running === undefined) return {};
  const statusReason = `Stack ${running.action} cancelled: the operation of parent stack ${child.parent.stackId} has ended`;
  const end = { status: 'FAILED', cause: 'CANCELLED', statusReason, change: 'PARENT_ENDED' } as const;
  return { save: ended(running, end, context) };
}

/**
 * A child ends with its parent's operation, and has the deadline that was asked for, as far as the
 * parent has it too. Both as they are now: a change of the parent may be told of long after it.
 */
export function decideChildBinding(
  { stack, parent }: StackWithParent,
  child: Child,
  context: DecisionContext,
): Outcome<StackRow> {
  const running = inProgress(parent, child.parent);
  if (running === undefined) return decideChildEnd(stack, child, context);
  const row = inProgress(stack, child);
  if (row === undefined) return {};
  const asked = askedDeadlineOf(row);
  if (deadlineWithin(running, asked).deadline === row.deadline) return {};
  return { save: withDeadline(row, asked, running, context.now) };
}

/**
 * Fails the operation of a resource action that has failed for good. The words are Heat's. If no
 * engine said why, the attempt before may have.
 */
export function decideOperationFailure(
  row: StackRow | undefined,
  failed: ResourceActionEnded,
  context: DecisionContext,
): Outcome<StackRow> {
  const running = inProgress(row, failed);
  if (running === undefined) return {};
  const { resource, action, statusReason, cause, lastFailure: last } = failed;
  const before =
    last === undefined || cause === 'REPORTED' ? '' : ` (attempt ${last.attempt} failed: ${last.reason})`;
  const end = {
    status: 'FAILED',
    cause: 'RESOURCE_FAILED',
    statusReason: `Resource ${action} failed: ${resource}: ${statusReason}${before}`,
    change: 'RESOURCE_FAILED',
  } as const;
  return { save: ended(running, end, context) };
}
