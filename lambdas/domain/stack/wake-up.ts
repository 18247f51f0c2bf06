/**
 * What a wake-up does to a row. The wake-up only says "look": the row, the clock and the
 * conditional write decide, so a wake-up may come late, twice, out of order, early, or for a row
 * that has moved on.
 */

import type { WakeUp } from '../../../contract/index.ts';
import type { DecisionContext, RearmContext } from '../row.ts';
import type { Instant, Milliseconds } from '../time.ts';
import {
  askedDeadlineOf,
  ended,
  inProgress,
  type StackEnded,
  type StackInProgress,
  type StackRow,
  withDeadline,
} from './state.ts';

export type StackWakeUpDecision =
  /** The row is gone, has ended, or has another operation or timer: nothing to do. */
  | { readonly outcome: 'stale'; readonly save?: never }
  /** Not yet due: look again at dueAt. */
  | { readonly outcome: 'early'; readonly dueAt: Instant; readonly save?: never }
  /** The deadline was moved later: save the row with a timer for the new one. */
  | { readonly outcome: 'rearmed'; readonly save: StackInProgress }
  /** The deadline was reached: save the row as timed out. */
  | { readonly outcome: 'fired'; readonly save: StackEnded; readonly lateness: Milliseconds };

/**
 * @param above of a row that got less time than it asked for: the parent, and the stacks above it,
 * nearest first. They may have been extended, and nobody has told the row yet.
 */
export function decideStackWakeUp(
  row: StackRow | undefined,
  wakeUp: Pick<WakeUp, 'operationId' | 'generation'>,
  context: DecisionContext,
  above: readonly StackRow[] = [],
): StackWakeUpDecision {
  if (row?.status !== 'IN_PROGRESS') return { outcome: 'stale' };
  if (row.operationId !== wakeUp.operationId || row.timer.generation !== wakeUp.generation) {
    return { outcome: 'stale' };
  }
  const { now } = context;
  // The deadline first: also one that was moved, when the wake-up comes later still.
  if (now >= row.deadline) {
    const extended = extendedWith(row, above, now);
    if (extended !== undefined) return { outcome: 'rearmed', save: extended };
    const end = { status: 'FAILED', cause: 'TIMEOUT', statusReason: 'Timed out', change: 'TIMEOUT' } as const;
    return { outcome: 'fired', save: ended(row, end, context), lateness: now - row.deadline };
  }
  if (row.deadline > row.timer.dueAt) return { outcome: 'rearmed', save: rearmed(row, now) };
  return { outcome: 'early', dueAt: row.timer.dueAt };
}

/** What the sweep does to a row: the same as a wake-up of the timer that the row has now. */
export function decideOverdueStack(
  row: StackRow | undefined,
  context: DecisionContext,
  above: readonly StackRow[] = [],
): StackWakeUpDecision {
  if (row?.status !== 'IN_PROGRESS') return { outcome: 'stale' };
  const { operationId, timer } = row;
  return decideStackWakeUp(row, { operationId, generation: timer.generation }, context, above);
}

/**
 * The row with the deadline that the stacks above it allow by now, if that is still to come. Under a
 * transition of its own: `arm` must see the new timer, which an EXTEND does not have, and `effects`
 * the new deadline, which a REARM does not have.
 */
function extendedWith(
  row: StackInProgress,
  [parent, ...above]: readonly StackRow[],
  now: Instant,
): StackInProgress | undefined {
  const running = row.parent && inProgress(parent, row.parent);
  if (running === undefined || row.askedDeadline === undefined) return undefined;
  const chain = [running, ...above.filter((one) => one.status === 'IN_PROGRESS')];
  const highest = chain.at(-1)?.deadline ?? running.deadline;
  // Each has what it asked for, within those above it, as soon as it is told.
  const deadline = chain.reduceRight((allowed, one) => Math.min(askedDeadlineOf(one), allowed), highest);
  const next = withDeadline(row, row.askedDeadline, { ...running, deadline }, now);
  if (next.deadline <= now) return undefined;
  const timer = { generation: row.timer.generation + 1, dueAt: next.deadline, setAt: now };
  return { ...next, timer, change: 'FOLLOW' };
}

/** A new timer for a live row whose wake-up may be lost. */
export function decideStackRearm(
  row: StackRow | undefined,
  { now, before }: RearmContext,
): { readonly save?: StackInProgress } {
  if (row?.status !== 'IN_PROGRESS' || row.timer.setAt >= before) return {};
  return { save: rearmed(row, now) };
}

function rearmed(row: StackInProgress, now: Instant): StackInProgress {
  return {
    ...row,
    timer: { generation: row.timer.generation + 1, dueAt: row.deadline, setAt: now },
    change: 'REARM',
    version: row.version + 1,
  };
}
