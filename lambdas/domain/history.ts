/** P15: what is kept of each status change that is published. */
import type { HistoryEntry } from '../../contract/index.ts';
import { sha256 } from './hash.ts';
import {
  attemptOf,
  type ResourceActionRow,
  type ResourceActionTransition,
  writtenAt,
} from './resource-action/state.ts';
import type { StatusChange } from './status-changes.ts';
import { type Instant, type Milliseconds, toIso, wholeSecond } from './time.ts';

/** An entry as it is stored. */
export interface KeptEntry {
  readonly entry: HistoryEntry;
  /** From here on the entry counts as absent. A whole second. */
  readonly expiresAt: Instant;
}

/**
 * The same change has the same entry each time. `retention`: how long it is kept, from the change
 * on.
 */
export function historyEntry(change: StatusChange, retention: Milliseconds): KeptEntry {
  const { at, ...entry } = entryOf(change);
  return { entry: { at: toIso(at), ...entry }, expiresAt: wholeSecond(at + retention) };
}

/** What is told of a status change, in the history and in the log; `at` as a moment. */
export function entryOf(change: StatusChange): Omit<HistoryEntry, 'at'> & { readonly at: Instant } {
  const { stackId, operationId, action, status, statusReason, version } = change.event;
  const { at, ...about } = 'before' in change ? aboutResourceAction(change) : aboutOperation(change);
  const { transition } = change;
  return { at, stackId, operationId, action, transition, status, statusReason, version, ...about };
}

/** As many digits as the version has of a row that is written each second for 300 years. */
const VERSION_DIGITS = 10;

/**
 * Where an entry stands in the history of its stack: entries of the same moment by the version of
 * the row. The write that replaces an operation by another makes two of the same version: the end
 * comes first. No other entry has the same position. The separator cannot occur in the names.
 */
export function positionOf(entry: HistoryEntry): string {
  const { at, version, resource = '', operationId, transition, status } = entry;
  const order = status === 'IN_PROGRESS' ? 1 : 0;
  const hash = sha256(`${operationId}\n${transition}`).toString('base64url').slice(0, 8);
  return [at, String(version).padStart(VERSION_DIGITS, '0'), resource, order + hash].join('#');
}

/** What an entry has besides; `at` as a moment. */
type About = { readonly at: Instant } & Pick<
  HistoryEntry,
  'resource' | 'phase' | 'attempt' | 'engineId' | 'cause' | 'deadline' | 'timeout' | 'latenessMs'
>;
type OfResourceAction = Extract<StatusChange, { row: ResourceActionRow }>;

function aboutOperation({ row, event }: Exclude<StatusChange, OfResourceAction>): About {
  if (row.status === 'IN_PROGRESS') return { at: row.startedAt, deadline: event.deadline };
  return {
    at: row.endedAt,
    cause: row.cause,
    deadline: event.deadline,
    ...(row.cause === 'TIMEOUT' && { latenessMs: row.endedAt - row.deadline }),
  };
}

function aboutResourceAction({ row, before, event }: OfResourceAction): About {
  const { resource, phase, cause, timeout, latenessMs, attemptDeadline: deadline } = event;
  const failure = failureOf(row);
  const { attempt, engineId } = failure ?? attemptOf(before, row);
  // Work that is offered again still shows why the attempt before failed: that has an entry of its
  // own.
  const isOver = failure !== undefined || row.status !== 'IN_PROGRESS';
  return {
    at: writtenAt(row),
    resource,
    ...(phase && { phase }),
    attempt,
    ...(engineId !== undefined && { engineId }),
    ...(deadline !== undefined && { deadline }),
    ...(isOver && cause && { cause }),
    ...(isOver && timeout && { timeout }),
    ...(isOver && latenessMs !== undefined && { latenessMs }),
  };
}

const FAILURES: readonly ResourceActionTransition[] = ['COMPLETE', 'TIMEOUT', 'ENGINE_LOST'];

/**
 * The attempt that has just failed, if another one is to follow. The row alone tells, so that a
 * restored one tells the same.
 */
const failureOf = (row: ResourceActionRow) =>
  row.status === 'IN_PROGRESS' && FAILURES.includes(row.change) ? row.lastFailure : undefined;
