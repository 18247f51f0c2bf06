/** What the end of one row does to others: pure functions of the row that it is done to, as everywhere. */

import type { Child } from './consequences.ts';
import { isKept, type ResourceEnded, type ResourceRow, toResource } from './resource-action/state.ts';
import { cancelled } from './resource-action/wake-up.ts';
import type { Family } from './stack/commands.ts';
import { ended, inProgress, type StackRow, withDeadline } from './stack/state.ts';
import { type Instant, type Milliseconds, wholeSecond } from './time.ts';

interface Context {
  readonly now: Instant;
  readonly retention: Milliseconds;
}

/** The row to save; none if there is nothing left to do. */
export interface Outcome<R> {
  readonly save?: R;
}

/** What the end of its operation means for a resource action. */
export type Cancellation =
  | { readonly save: ResourceRow; readonly expire?: never }
  /** It had ended before, and was kept: the row with the time at which it expires now. Else nothing. */
  | { readonly expire?: ResourceEnded; readonly save?: never };

/** Ends a resource action of an operation that has ended, or lets it expire if it had ended before. */
export function cancelOf(row: ResourceRow | undefined, operationId: string, context: Context): Cancellation {
  if (row?.operationId !== operationId) return {};
  if (row.status === 'IN_PROGRESS') return { save: cancelled(row, context) };
  if (!isKept(row)) return {};
  return { expire: { ...row, expiresAt: wholeSecond(context.now + context.retention) } };
}

/** Ends the operation of a child whose parent's operation has ended. */
export function endChild(
  row: StackRow | undefined,
  child: Child,
  { now, retention }: Context,
): Outcome<StackRow> {
  const running = inProgress(row, child);
  if (running === undefined) return {};
  const statusReason = `Stack ${running.action} cancelled: the operation of parent stack ${child.parent.stackId} has ended`;
  const end = { status: 'FAILED', cause: 'CANCELLED', statusReason, change: 'PARENT_ENDED' } as const;
  return { save: ended(running, end, now, retention) };
}

/**
 * A child ends with its parent's operation, and never has a later deadline. Both as they are now: a change of the parent
 * may be told of long after it.
 */
export function bindChild({ stack, parent }: Family, child: Child, context: Context): Outcome<StackRow> {
  const running = inProgress(parent, child.parent);
  if (running === undefined) return endChild(stack, child, context);
  return clampChild(stack, child, running.deadline, context);
}

function clampChild(
  row: StackRow | undefined,
  child: Child,
  deadline: Instant,
  { now }: Context,
): Outcome<StackRow> {
  const running = inProgress(row, child);
  if (running === undefined || running.deadline <= deadline) return {};
  return { save: withDeadline(running, deadline, now) };
}

/** Fails the operation of a resource action that has failed for good. The words are Heat's. */
export function failOperation(
  row: StackRow | undefined,
  failed: ResourceEnded,
  { now, retention }: Context,
): Outcome<StackRow> {
  const running = inProgress(row, failed);
  if (running === undefined) return {};
  const { resource, action, statusReason } = toResource(failed);
  const end = {
    status: 'FAILED',
    cause: 'RESOURCE_FAILED',
    statusReason: `Resource ${action} failed: ${resource}: ${statusReason}`,
    change: 'RESOURCE_FAILED',
  } as const;
  return { save: ended(running, end, now, retention) };
}
