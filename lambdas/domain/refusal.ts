/** Why a command is refused: an outcome, not an exception. */
import type { ErrorCode } from '../../contract/index.ts';
import type { ResourceActionRow } from './resource-action/state.ts';
import { present } from './row.ts';
import { inProgress, type StackInProgress, type StackRow } from './stack/state.ts';
import { type Instant, toIso } from './time.ts';

export interface Refused {
  readonly kind: 'refuse';
  readonly code: ErrorCode;
  readonly message: string;
  /** The row that the request met. */
  readonly current?: StackRow | ResourceActionRow;
  readonly save?: never;
}

export function refuse(code: ErrorCode, message: string, current?: StackRow | ResourceActionRow): Refused {
  return { kind: 'refuse', code, message, ...(current && { current }) };
}

export const stackNotFound = (stackId: string): Refused =>
  refuse('StackNotFound', `there is no stack ${stackId}, or its retention time is over`);

export const operationEnded = (row: Exclude<StackRow, StackInProgress>): Refused =>
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
): StackRow | Refused {
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
): StackInProgress | Refused {
  const row = currentOperation(seen, target, now);
  if ('kind' in row || row.status === 'IN_PROGRESS') return row;
  return operationEnded(row);
}

/** The parent if a child may go on under it. */
export function runningParent(
  parent: StackRow | undefined,
  { stackId, operationId }: Target,
  now: Instant,
): StackInProgress | Refused {
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
