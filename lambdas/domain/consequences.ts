/**
 * What follows from a change of a row, derived from its old and new image alone (a transactional
 * outbox: a crash cannot separate a change from its consequences). A write that replaces one
 * operation by another counts as the end of the old one followed by the start of the new one.
 */
import type { Parent } from '../../contract/index.ts';
import {
  isKeptForOperation,
  type ResourceActionEnded,
  type ResourceActionRow,
} from './resource-action/state.ts';
import type { StackRow } from './stack/state.ts';
import type { Instant } from './time.ts';
import { type RowTimer, timerOf } from './timer.ts';

export interface StackChange {
  readonly before?: StackRow | undefined;
  readonly after: StackRow;
}

export interface ResourceActionChange {
  readonly before?: ResourceActionRow | undefined;
  readonly after: ResourceActionRow;
}

export type RowChange = StackChange | ResourceActionChange;

export const isResourceActionChange = (change: RowChange): change is ResourceActionChange =>
  'resource' in change.after;

/**
 * Whether an operation, or a resource action of it, begins with a change. Under the same
 * operationId it does so only over a row that had expired.
 */
export const begins = ({ before, after }: RowChange): boolean =>
  before?.operationId !== after.operationId ||
  (before.status !== 'IN_PROGRESS' && after.status === 'IN_PROGRESS');

/** The timer that a change stopped, and the one that it set. */
export interface TimerChange {
  readonly disarm?: RowTimer;
  readonly arm?: RowTimer;
}

export function timerChange({ before, after }: RowChange): TimerChange {
  const old = before?.status === 'IN_PROGRESS' ? timerOf(before) : undefined;
  const current = after.status === 'IN_PROGRESS' ? timerOf(after) : undefined;
  if (old && current && sameTimer(old, current)) return {};
  return { ...(old && { disarm: old }), ...(current && { arm: current }) };
}

const sameTimer = (a: RowTimer, b: RowTimer): boolean =>
  a.operationId === b.operationId && a.generation === b.generation;

/** A child stack's operation, as its parent knows it. */
export interface Child {
  readonly parent: Parent;
  readonly stackId: string;
  readonly operationId: string;
}

/** What effects does to other rows because of a change. All of it may be done twice. */
export type Consequence =
  /** An operation has ended: its resource actions and its children's operations end. */
  | { readonly kind: 'cascade'; readonly stackId: string; readonly operationId: string }
  /**
   * A child has started, or has got more time: its parent is to know it. If that has ended or was
   * shortened meanwhile, the child is too.
   */
  | { readonly kind: 'addChild'; readonly child: Child; readonly deadline: Instant }
  | { readonly kind: 'removeChild'; readonly child: Child }
  /**
   * An operation's deadline has moved: those of its children follow, as far as it was asked for.
   */
  | { readonly kind: 'clampChildren'; readonly stackId: string; readonly operationId: string }
  /** A resource action was dispatched: if its operation has ended meanwhile, it ends too. */
  | { readonly kind: 'recheck'; readonly row: ResourceActionRow }
  /** A resource action has failed for good, and its operation is to fail with it. */
  | { readonly kind: 'failOperation'; readonly row: ResourceActionEnded }
  /**
   * A resource action has ended with its operation, or was replaced: its input and output are to
   * expire with it.
   */
  | { readonly kind: 'expirePayloads'; readonly row: ResourceActionRow }
  /**
   * A resource action was restored: the stream that was lost may have told what it replaced, whose
   * input and output are to expire.
   */
  | { readonly kind: 'expireReplacedPayloads'; readonly row: ResourceActionRow };

export const consequences = (change: RowChange): Consequence[] =>
  isResourceActionChange(change) ? ofResourceAction(change) : ofStack(change);

function ofStack(change: StackChange): Consequence[] {
  const { before, after } = change;
  const { stackId } = after;
  const replaced = before?.operationId !== after.operationId;
  const ended = before?.status === 'IN_PROGRESS' && (replaced || after.status !== 'IN_PROGRESS');
  const found: Consequence[] = [];
  if (ended) {
    found.push({ kind: 'cascade', stackId, operationId: before.operationId });
    if (before.parent) found.push({ kind: 'removeChild', child: childOf(before, before.parent) });
  }
  if (after.status !== 'IN_PROGRESS') return found;
  const deadlineMoved = replaced || before.status !== 'IN_PROGRESS' ? 0 : after.deadline - before.deadline;
  if (after.parent && (begins(change) || deadlineMoved > 0)) {
    found.push({ kind: 'addChild', child: childOf(after, after.parent), deadline: after.deadline });
  }
  if (deadlineMoved !== 0) {
    found.push({ kind: 'clampChildren', stackId, operationId: after.operationId });
  }
  return found;
}

const childOf = ({ stackId, operationId }: StackRow, parent: Parent): Child => ({
  parent,
  stackId,
  operationId,
});

function ofResourceAction(change: ResourceActionChange): Consequence[] {
  const { before, after } = change;
  const replaced = before?.operationId !== after.operationId;
  const found: Consequence[] = [];
  if (replaced && before && hasPayloads(before)) found.push({ kind: 'expirePayloads', row: before });
  // The first row of a resource action has version 1.
  if (before === undefined && after.version > 1) found.push({ kind: 'expireReplacedPayloads', row: after });
  if (begins(change)) found.push({ kind: 'recheck', row: after });
  if (after.status === 'IN_PROGRESS' || (!replaced && before.status !== 'IN_PROGRESS')) return found;
  // The rest is the cascade's.
  if (!isKeptForOperation(after) && hasPayloads(after)) found.push({ kind: 'expirePayloads', row: after });
  // One that was cancelled, alone or with its operation, fails nothing.
  const failed = after.status === 'FAILED' && after.cause !== 'CANCELLED';
  if (failed && after.onFailure === 'FAIL_OPERATION') found.push({ kind: 'failOperation', row: after });
  return found;
}

const hasPayloads = (row: ResourceActionRow): boolean => row.hasInput || row.outputAttempt !== undefined;
