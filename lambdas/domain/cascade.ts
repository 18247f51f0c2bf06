/** What the end of one row does to others: pure functions of the row that it is done to, as everywhere. */
import type { Family } from './commands.ts';
import type { Child } from './consequences.ts';
import { type ResourceEnded, type ResourceRow, toResource } from './resource.ts';
import { cancelled } from './resource-wake-up.ts';
import { ended, inProgress, type StackRow, withDeadline } from './stack.ts';
import type { Instant, Milliseconds } from './time.ts';

interface Context {
  readonly now: Instant;
  readonly retention: Milliseconds;
}

/** The row to save; none if there is nothing left to do. */
export interface Outcome<R> {
  readonly save?: R;
}

/** Ends a resource action of an operation that has ended. */
export function cancelOf(
  row: ResourceRow | undefined,
  operationId: string,
  context: Context,
): Outcome<ResourceRow> {
  if (row?.status !== 'IN_PROGRESS' || row.operationId !== operationId) return {};
  return { save: cancelled(row, context) };
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
