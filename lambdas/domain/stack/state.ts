/**
 * The stack row: a stack and its current operation in one item, so that one conditional write decides.
 * An impossible state cannot be written: only an operation IN_PROGRESS has a timer, only an ended one an end.
 */
import type { Action, Parent, ReportableStatus, Stack } from '../../../contract/index.ts';
import { type Instant, type Milliseconds, toIso, wholeSecond } from '../time.ts';

/** The name of the transition that made a version of a row. Stream filters and event ids depend on these names. */
export type Change =
  | 'START'
  | 'SUPERSEDE'
  | 'COMPLETE'
  | 'CANCEL'
  | 'EXTEND'
  | 'SHORTEN'
  | 'REARM'
  | 'TIMEOUT'
  | 'RESOURCE_FAILED'
  | 'PARENT_ENDED';

/** A row's next wake-up. */
export interface Timer {
  /** Raised when the timer is armed anew; a wake-up of an earlier generation is stale. */
  readonly generation: number;
  readonly dueAt: Instant;
  /** When this timer was set: tells whether it was far enough from its dueAt to have got a schedule. */
  readonly setAt: Instant;
}

interface Operation {
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
  readonly change: Change;
  /** The stack's operations that ended before the current one, newest first. */
  readonly endedOperationIds: readonly string[];
}

export interface StackInProgress extends Operation, Bookkeeping {
  readonly status: 'IN_PROGRESS';
  readonly timer: Timer;
}

/** How an operation ended. An engine reports COMPLETE or FAILED; every other cause is a failure. */
export type End =
  | { readonly status: ReportableStatus; readonly cause: 'REPORTED' }
  | { readonly status: 'FAILED'; readonly cause: 'TIMEOUT' | 'CANCELLED' | 'SUPERSEDED' | 'RESOURCE_FAILED' };

export type StackEnded = Operation &
  Bookkeeping &
  End & {
    readonly endedAt: Instant;
    /** From here on the row counts as absent, whether or not DynamoDB's TTL has deleted it yet. A whole second. */
    readonly expiresAt: Instant;
    /** The generation of the last timer; the next operation's timer continues from it. */
    readonly lastGeneration: number;
  };

export type StackRow = StackInProgress | StackEnded;

/** How many ended operations a stack remembers, to refuse the repetition of an old StartOperation. */
export const REMEMBERED_OPERATIONS = 20;

/** The row if it is to be seen: DynamoDB deletes expired items only within days. */
export function present<R extends { status: string } & ({ status: 'IN_PROGRESS' } | { expiresAt: Instant })>(
  row: R | undefined,
  now: Instant,
): R | undefined {
  if (row === undefined || !('expiresAt' in row)) return row;
  return row.expiresAt > now ? row : undefined;
}

/** The stack row if this operation is its current one and IN_PROGRESS. */
export function inProgress(
  row: StackRow | undefined,
  { operationId }: { operationId: string },
): StackInProgress | undefined {
  return row?.status === 'IN_PROGRESS' && row.operationId === operationId ? row : undefined;
}

/** The generation of a row's running or last timer. */
export const generationOf = (
  row: { status: 'IN_PROGRESS'; timer: Timer } | { status: string; lastGeneration: number },
): number => ('timer' in row ? row.timer.generation : row.lastGeneration);

/** Ends the operation of a row; the timer goes, and the row expires after the retention time. */
export function ended(
  row: StackInProgress,
  end: End & { statusReason: string; change: Change },
  now: Instant,
  retention: Milliseconds,
): StackEnded {
  const { timer, status: _, ...operation } = row;
  return {
    ...operation,
    ...end,
    version: row.version + 1,
    endedAt: now,
    expiresAt: wholeSecond(now + retention),
    lastGeneration: timer.generation,
  };
}

/**
 * Moves the deadline. A later one leaves the timer alone: it finds out when it comes due and is armed again (so
 * extending costs no scheduler call). One that is earlier than the timer arms it anew.
 */
export function withDeadline(row: StackInProgress, deadline: Instant, now: Instant): StackInProgress {
  const change = deadline < row.deadline ? 'SHORTEN' : 'EXTEND';
  const next = { ...row, deadline, change, version: row.version + 1 } as const;
  if (deadline >= row.timer.dueAt) return next;
  return { ...next, timer: { generation: row.timer.generation + 1, dueAt: deadline, setAt: now } };
}

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
