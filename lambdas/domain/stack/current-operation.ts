/** Finds the operation that a request names, or the refusal if it cannot go on. */
import { type Refused, refuse } from '../refusal.ts';
import { present } from '../row.ts';
import { type Instant, toIso } from '../time.ts';
import { inProgress, type StackInProgress, type StackRow } from './state.ts';

export const stackNotFound = (stackId: string): Refused<StackRow> =>
  refuse('StackNotFound', `there is no stack ${stackId}, or its retention time is over`);

export const operationEnded = (row: Exclude<StackRow, StackInProgress>): Refused<StackRow> =>
  refuse(
    'OperationEnded',
    `operation ${row.operationId} of stack ${row.stackId} ended at ${toIso(row.endedAt)}: ${row.action}_${row.status}, cause ${row.cause}`,
    row,
  );

interface Target {
  readonly stackId: string;
  readonly operationId: string;
}

/** The stack row if the operation is its current one, ended or not. */
export function currentOperation(
  seen: StackRow | undefined,
  target: Target,
  now: Instant,
): StackRow | Refused<StackRow> {
  const row = present(seen, now);
  if (row === undefined) return stackNotFound(target.stackId);
  if (row.operationId === target.operationId) return row;
  return refuse(
    'StaleOperation',
    `operation ${target.operationId} is not the current one of stack ${target.stackId}; that is ${row.operationId}`,
    row,
  );
}

/** The stack row if the operation is its current one and IN_PROGRESS. */
export function runningOperation(
  seen: StackRow | undefined,
  target: Target,
  now: Instant,
): StackInProgress | Refused<StackRow> {
  const row = currentOperation(seen, target, now);
  if ('kind' in row || row.status === 'IN_PROGRESS') return row;
  return operationEnded(row);
}

/** The parent if a child may go on under it. */
export function runningParent(
  parent: StackRow | undefined,
  { stackId, operationId }: Target,
  now: Instant,
): StackInProgress | Refused<StackRow> {
  const row = present(parent, now);
  if (row === undefined) return stackNotFound(stackId);
  const running = inProgress(row, { operationId });
  if (running !== undefined && running.deadline > now) return running;
  return refuse(
    'ParentEnded',
    `operation ${operationId} of the parent stack ${stackId} is not in progress any more`,
    row,
  );
}
