/**
 * The stack row: a stack and its current operation in one item, so that one conditional write
 * decides. An impossible state cannot be written: only an operation IN_PROGRESS has a timer, only
 * an ended one an end.
 */

import type { Action, Parent, ReportableStatus, Stack } from '../../../contract/index.ts';
import type { DecisionContext } from '../row.ts';
import { type Instant, toIso, wholeSecond } from '../time.ts';
import type { Timer } from '../timer.ts';

/**
 * The name of the transition that made a version of a row. Stream filters and event ids depend on
 * these names.
 */
export type StackTransition =
  | 'START'
  | 'SUPERSEDE'
  | 'COMPLETE'
  | 'CANCEL'
  | 'EXTEND'
  | 'SHORTEN'
  /** Its wake-up found that a stack above it was extended. */
  | 'FOLLOW'
  | 'REARM'
  | 'TIMEOUT'
  | 'RESOURCE_FAILED'
  | 'PARENT_ENDED';

interface StackOperation {
  readonly stackId: string;
  readonly operationId: string;
  readonly action: Action;
  readonly startedAt: Instant;
  readonly deadline: Instant;
  readonly statusReason: string;
  /** The operation that this one belongs to: it ends with it, and its deadline is not later. */
  readonly parent?: Parent;
  /** As JSON, because DynamoDB's own types limit depth and numbers more than JSON does. */
  readonly metadata?: string;
}

interface Bookkeeping {
  /** Raised by every write of the row: load, decide, save if the version is still the one seen. */
  readonly version: number;
  readonly change: StackTransition;
  /** The stack's operations that ended before the current one, newest first. */
  readonly endedOperationIds: readonly string[];
}

export interface StackInProgress extends StackOperation, Bookkeeping {
  readonly status: 'IN_PROGRESS';
  readonly timer: Timer;
  /**
   * The deadline asked for, if the parent's is earlier: the row follows when the parent is
   * extended.
   */
  readonly askedDeadline?: Instant;
}

/** How an operation ended. An engine reports COMPLETE or FAILED; every other cause is a failure. */
export type StackEnd =
  | { readonly status: ReportableStatus; readonly cause: 'REPORTED' }
  | { readonly status: 'FAILED'; readonly cause: 'TIMEOUT' | 'CANCELLED' | 'SUPERSEDED' | 'RESOURCE_FAILED' };

export type StackEnded = StackOperation &
  Bookkeeping &
  StackEnd & {
    readonly endedAt: Instant;
    /**
     * From here on the row counts as absent, whether or not DynamoDB's TTL has deleted it yet. A
     * whole second.
     */
    readonly expiresAt: Instant;
    /** The generation of the last timer; the next operation's timer continues from it. */
    readonly lastGeneration: number;
  };

export type StackRow = StackInProgress | StackEnded;

/**
 * How many ended operations a stack remembers, to refuse the repetition of an old StartOperation.
 */
export const REMEMBERED_OPERATIONS = 20;

/** The stack row if this operation is its current one and IN_PROGRESS. */
export function inProgress(
  row: StackRow | undefined,
  { operationId }: { operationId: string },
): StackInProgress | undefined {
  return row?.status === 'IN_PROGRESS' && row.operationId === operationId ? row : undefined;
}

/** Ends the operation of a row; the timer goes, and the row expires after the retention time. */
export function ended(
  row: StackInProgress,
  end: StackEnd & { statusReason: string; change: StackTransition },
  { now, retention }: DecisionContext,
): StackEnded {
  const { timer, status: _, askedDeadline: __, ...operation } = row;
  return {
    ...operation,
    ...end,
    version: row.version + 1,
    endedAt: now,
    expiresAt: wholeSecond(now + retention),
    lastGeneration: timer.generation,
  };
}

/** The deadline of an operation: what was asked for, but never later than the parent's. */
export function deadlineWithin(
  parent: StackInProgress | undefined,
  asked: Instant,
): Pick<StackInProgress, 'deadline' | 'askedDeadline'> {
  if (parent === undefined || asked <= parent.deadline) return { deadline: asked };
  return { deadline: parent.deadline, askedDeadline: asked };
}

/**
 * Moves the deadline to what was asked for, within the parent. A later one leaves the timer alone:
 * it finds out when it comes due and is armed again (so extending costs no scheduler call). One
 * that is earlier than the timer arms it anew.
 */
export function withDeadline(
  row: StackInProgress,
  asked: Instant,
  parent: StackInProgress | undefined,
  now: Instant,
): StackInProgress {
  const { askedDeadline: _, ...rest } = row;
  const within = deadlineWithin(parent, asked);
  const change = within.deadline < row.deadline ? 'SHORTEN' : 'EXTEND';
  const next = { ...rest, ...within, change, version: row.version + 1 } as const;
  if (within.deadline >= row.timer.dueAt) return next;
  return { ...next, timer: { generation: row.timer.generation + 1, dueAt: within.deadline, setAt: now } };
}

/** What was asked for, whether or not the parent allowed it. */
export const askedDeadlineOf = (row: StackInProgress): Instant => row.askedDeadline ?? row.deadline;

/** What answers and events show of a row. */
export function toStack(row: StackRow): Stack {
  return {
    stackId: row.stackId,
    operationId: row.operationId,
    action: row.action,
    status: row.status,
    statusReason: row.statusReason,
    ...(row.status !== 'IN_PROGRESS' && { cause: row.cause }),
    startedAt: toIso(row.startedAt),
    deadline: toIso(row.deadline),
    ...(row.status !== 'IN_PROGRESS' && { endedAt: toIso(row.endedAt) }),
    ...(row.parent !== undefined && { parent: row.parent }),
    ...(row.metadata !== undefined && { metadata: JSON.parse(row.metadata) }),
    version: row.version,
  };
}
