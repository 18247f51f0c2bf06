/**
 * What follows from a change of a row, derived from its old and new image alone (a transactional outbox: a crash
 * cannot separate a change from its consequences). A write that replaces one operation by another counts as the end
 * of the old one followed by the start of the new one.
 */
import type { OperationStatusChange, Status } from '../contract.ts';
import { ended, generationOf, type StackRow, toStack } from './stack.ts';
import { type OperationTimer, timerOf } from './timer.ts';

export interface RowChange {
  readonly before?: StackRow | undefined;
  readonly after: StackRow;
}

/** The timer that a change stopped, and the one that it set. */
export interface TimerChange {
  readonly disarm?: OperationTimer;
  readonly arm?: OperationTimer;
}

export function timerChange({ before, after }: RowChange): TimerChange {
  const old = before?.status === 'IN_PROGRESS' ? timerOf(before) : undefined;
  const current = after.status === 'IN_PROGRESS' ? timerOf(after) : undefined;
  if (old && current && sameTimer(old, current)) return {};
  return { ...(old && { disarm: old }), ...(current && { arm: current }) };
}

const sameTimer = (a: OperationTimer, b: OperationTimer): boolean =>
  a.operationId === b.operationId && a.generation === b.generation;

/** A status change as it is published, and the generation of the operation's timer at that time. */
export interface StatusChange {
  readonly event: OperationStatusChange;
  readonly generation: number;
}

/** The changes of an operation's status in one change of a row, in their order. */
export function statusChanges({ before, after }: RowChange): StatusChange[] {
  const replaced = before !== undefined && before.operationId !== after.operationId;
  const changes: StatusChange[] = [];
  if (replaced && before.status === 'IN_PROGRESS') {
    const statusReason = `Stack ${before.action} superseded by operation ${after.operationId}`;
    const end = { status: 'FAILED', cause: 'SUPERSEDED', statusReason, change: 'SUPERSEDE' } as const;
    changes.push(statusChange(ended(before, end, after.startedAt, 0), 'IN_PROGRESS'));
  }
  const previousStatus = replaced ? undefined : before?.status;
  if (after.status !== previousStatus) changes.push(statusChange(after, previousStatus));
  return changes;
}

function statusChange(row: StackRow, previousStatus: Status | undefined): StatusChange {
  const kind = row.status === 'IN_PROGRESS' ? 'START' : row.change;
  const event = {
    ...toStack(row),
    id: `${row.stackId}/${row.operationId}//${row.version}/${kind}`,
    ...(previousStatus && { previousStatus }),
  };
  return { event, generation: generationOf(row) };
}
