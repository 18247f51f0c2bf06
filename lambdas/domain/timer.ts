/** How a timer gets its wake-up: by which path, when, and under which name. Pure arithmetic. */
import type { ReportableStatus, WakeUp } from '../../contract/index.ts';
import { hashFraction, sha256 } from './hash.ts';
import { type Instant, type Milliseconds, SECOND, toIso } from './time.ts';

/** SQS delays a message by at most this (AWS: DelaySeconds 0 to 900). */
export const MAX_DELAY_SECONDS = 900;

/**
 * The timers of either kind, and the ended stacks of either status, are spread over this many
 * partitions of the index; a constant, since rows store theirs.
 */
const SHARDS_OF_A_KIND = 32;

export interface TimerSettings {
  /** A timer due within this gets a delayed message, a later one a schedule. At most 900 s. */
  readonly nearHorizon: Milliseconds;
  /**
   * How long before dueAt a schedule is asked for: covers EventBridge Scheduler's precision of one
   * minute.
   */
  readonly lead: Milliseconds;
}

/** A timer together with what it watches: an operation, or a resource action of it. */
export interface RowTimer extends Timer {
  readonly stackId: string;
  readonly resource?: string;
  readonly operationId: string;
}

export type ArmPlan =
  | { readonly path: 'near'; readonly delaySeconds: number }
  | { readonly path: 'schedule'; readonly at: Instant };

/** The timer of a row that is IN_PROGRESS. */
export const timerOf = (row: Omit<RowTimer, keyof Timer> & { readonly timer: Timer }): RowTimer => ({
  stackId: row.stackId,
  ...(row.resource !== undefined && { resource: row.resource }),
  operationId: row.operationId,
  ...row.timer,
});

/** Which wake-up a timer gets. */
export function planArming(timer: RowTimer, now: Instant, settings: TimerSettings): ArmPlan {
  if (timer.dueAt - now <= settings.nearHorizon) {
    return { path: 'near', delaySeconds: delaySeconds(timer.dueAt, now) };
  }
  const latest = timer.dueAt - settings.lead;
  const at = Math.max(latest - spreadOf(timer, settings), Math.min(latest, now + LEAST_AHEAD));
  // Rounded down, so that it is never asked for late.
  return { path: 'schedule', at: Math.floor(at / SECOND) * SECOND };
}

/**
 * How much ahead of the lead a schedule is asked for, by a hash of its name. EventBridge Scheduler
 * invokes a stated number of targets a second: timers that are due in the same minute must not fire
 * in the same minute too. A delayed message waits the rest, so the spread and the lead together
 * stay within SQS's longest delay. A quarter of the timer's time at most, so that an operation that
 * ends early still has its schedule deleted before that fires.
 */
function spreadOf(timer: RowTimer, { lead, nearHorizon }: TimerSettings): Milliseconds {
  const longest = MAX_DELAY_SECONDS * SECOND - lead;
  const quarter = (timer.dueAt - timer.setAt - nearHorizon) / 4;
  return Math.max(0, Math.min(longest, quarter)) * hashFraction(scheduleName(timer));
}

/**
 * The delay of a message that is to arrive at dueAt or less than a second before it: SQS counts
 * whole seconds.
 */
export function delaySeconds(dueAt: Instant, now: Instant): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.floor((dueAt - now) / SECOND)));
}

/**
 * A schedule is asked for at least this long before its time, so that it is never asked for in the
 * past.
 */
export const LEAST_AHEAD: Milliseconds = 30 * SECOND;

/** The clocks of two functions may differ by this. */
const CLOCK_DIFFERENCE: Milliseconds = 2 * SECOND;

/**
 * Whether a timer may have a schedule that has not fired yet. Arming looks at a timer later than it
 * was set, so a near one never becomes far; but by another clock, which may be behind. A schedule
 * whose time has passed deletes itself.
 */
export function mayHaveSchedule(timer: Timer, now: Instant, settings: TimerSettings): boolean {
  const wasFar = timer.dueAt - timer.setAt > settings.nearHorizon - CLOCK_DIFFERENCE;
  return wasFar && now - CLOCK_DIFFERENCE < timer.dueAt - settings.lead;
}

export function firstWakeUp(timer: RowTimer): WakeUp {
  return {
    v: 1,
    stackId: timer.stackId,
    ...(timer.resource !== undefined && { resource: timer.resource }),
    operationId: timer.operationId,
    generation: timer.generation,
    dueAt: toIso(timer.dueAt),
    hops: 0,
  };
}

/**
 * The name of a timer's schedule. A pure function of the timer, so that arming twice meets the name
 * already taken and disarming needs no memory. 64 hexadecimal digits, within EventBridge
 * Scheduler's 1 to 64 of `[0-9a-zA-Z-_.]`. The separator cannot occur in the identifiers.
 */
export function scheduleName({ stackId, resource, operationId, generation, dueAt }: RowTimer): string {
  const row = resource === undefined ? ['STACK', stackId] : ['RESOURCE', stackId, resource];
  return sha256([...row, operationId, generation, dueAt].join('\n')).toString('hex');
}

const shardNumber = (text: string): number => sha256(text).readUInt32BE(0) % SHARDS_OF_A_KIND;

/** The partition of the timer index that holds a row's timer. */
export const shardOf = ({ stackId, resource }: { stackId: string; resource?: string }): string =>
  resource === undefined ? `S${shardNumber(stackId)}` : `R${shardNumber(`${stackId}\n${resource}`)}`;

/**
 * The partition of the timer index that holds a stack whose operation has ended, by when that was.
 */
export const endedShardOf = (status: ReportableStatus, stackId: string): string =>
  `${ENDED_KINDS[status]}${shardNumber(stackId)}`;

const ENDED_KINDS = { COMPLETE: 'C', FAILED: 'F' } as const;

const shards = (kind: string): readonly string[] =>
  Array.from({ length: SHARDS_OF_A_KIND }, (_, n) => `${kind}${n}`);

/** The partitions that hold the timers of stacks. */
export const STACK_SHARDS = shards('S');
/** All partitions that hold timers. */
export const SHARDS: readonly string[] = [...STACK_SHARDS, ...shards('R')];

/** The partitions that hold ended stacks: nothing there is ever due. */
export const ENDED_SHARDS: Readonly<Record<ReportableStatus, readonly string[]>> = {
  COMPLETE: shards(ENDED_KINDS.COMPLETE),
  FAILED: shards(ENDED_KINDS.FAILED),
};

/** A row's next wake-up. */
export interface Timer {
  /** Raised when the timer is armed anew; a wake-up of an earlier generation is stale. */
  readonly generation: number;
  readonly dueAt: Instant;
  /**
   * When this timer was set: tells whether it was far enough from its dueAt to have got a schedule.
   */
  readonly setAt: Instant;
}
