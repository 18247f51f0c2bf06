/** What verify starts, what it does to it, and what must come of it: data. */
import type { Stack } from '../../contract/index.ts';

/** The settings of a deployment that decide what is to be seen of it, and when. */
export interface Settings {
  readonly deploymentName: string;
  readonly nearHorizonSeconds: number;
  readonly leadSeconds: number;
  readonly graceSeconds: number;
  readonly timerQueueArn: string;
  readonly keepsHistory: boolean;
}

type Step =
  /** Moves the deadline to so many seconds from now. */
  | { readonly kind: 'move'; readonly timeoutSeconds: number }
  | { readonly kind: 'complete' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'deleteSchedule' }
  /** Completes the operation when its resource action has lost an engine and was completed by another. */
  | { readonly kind: 'work'; readonly heartbeatSeconds: number };

export interface Case {
  /** The last part of the stack's id, too. */
  readonly name: string;
  /** What it shows if it holds. */
  readonly proves: string;
  /** Of the operation, as it is started. */
  readonly timeoutSeconds: number;
  /** Whether its timer gets a schedule, because it is due after the near horizon. */
  readonly isFar: boolean;
  /** Taken when the operation has started and, if it is far, has its schedule. */
  readonly step?: Step;
  /** Whether a child stack is started under it, which is to end with it. */
  readonly hasChild?: boolean;
  readonly ends: Pick<Stack, 'status' | 'cause'>;
  /** How late what is timed must be at least, and may be at most. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** How long after its deadline it is waited for: whatever has gone wrong, the sweep may end it. */
  readonly patienceMs: number;
}

const TIMED_OUT = { status: 'FAILED', cause: 'TIMEOUT' } as const;
const CANCELLED = { status: 'FAILED', cause: 'CANCELLED' } as const;
const COMPLETED = { status: 'COMPLETE', cause: 'REPORTED' } as const;

/** Due soon enough for a delayed message: the near horizon is at least 31 s. */
const NEAR_SECONDS = 10;
/** Far for every near horizon, which is at most 900 s; and it ends by itself if verify is killed. */
const LONG_SECONDS = 3600;
/** So much later than the near horizon, a timer has a schedule that can be found before it fires. */
const FAR_MARGIN_SECONDS = 30;
/** The sweep comes each minute; the minutes of an emulator may be longer by this. */
const SWEEP_PERIOD_MS = 60_000 + 10_000;

export function planOf(
  { nearHorizonSeconds, graceSeconds }: Settings,
  { maxLatenessMs }: { readonly maxLatenessMs: number },
): Case[] {
  const bySweepMs = graceSeconds * 1000 + SWEEP_PERIOD_MS + maxLatenessMs;
  const onTime = { earliestMs: 0, latestMs: maxLatenessMs, patienceMs: bySweepMs };
  const near = { timeoutSeconds: NEAR_SECONDS, isFar: false, ...onTime };
  const far = { timeoutSeconds: nearHorizonSeconds + FAR_MARGIN_SECONDS, isFar: true, ...onTime };
  const long = { timeoutSeconds: LONG_SECONDS, isFar: true, ...onTime };
  return [
    { ...near, name: 'near', proves: 'times out by a delayed message', ends: TIMED_OUT },
    { ...far, name: 'far', proves: 'times out by a schedule', ends: TIMED_OUT },
    {
      ...near,
      name: 'extended',
      proves: 'times out at its later deadline, not before',
      step: { kind: 'move', timeoutSeconds: 2 * NEAR_SECONDS },
      ends: TIMED_OUT,
    },
    {
      ...long,
      name: 'shortened',
      proves: 'times out at its earlier deadline',
      step: { kind: 'move', timeoutSeconds: NEAR_SECONDS },
      ends: TIMED_OUT,
    },
    {
      ...near,
      name: 'completed',
      proves: 'stays as it ended when its wake-up comes',
      step: { kind: 'complete' },
      ends: COMPLETED,
    },
    {
      ...long,
      name: 'cancelled',
      proves: 'ends at once, and its schedule is deleted',
      step: { kind: 'cancel' },
      ends: CANCELLED,
    },
    {
      ...long,
      name: 'nested',
      proves: "the parent's end ends the child",
      step: { kind: 'complete' },
      hasChild: true,
      ends: COMPLETED,
    },
    {
      ...long,
      name: 'engine-lost',
      proves: 'work of an engine without heartbeats goes to another',
      step: { kind: 'work', heartbeatSeconds: 5 },
      ends: COMPLETED,
      // An engine is lost in two steps, each with a wake-up.
      latestMs: 2 * maxLatenessMs,
    },
    {
      ...far,
      name: 'schedule-lost',
      proves: 'times out by the sweep',
      step: { kind: 'deleteSchedule' },
      ends: TIMED_OUT,
      earliestMs: graceSeconds * 1000,
      latestMs: bySweepMs,
    },
  ];
}

/** How long the longest case may take. */
export const longestSeconds = (plan: readonly Case[]): number =>
  Math.max(
    ...plan
      .filter(({ ends }) => ends.cause === 'TIMEOUT')
      .map(({ timeoutSeconds, step, patienceMs }) =>
        Math.ceil((step?.kind === 'move' ? step.timeoutSeconds : timeoutSeconds) + patienceMs / 1000),
      ),
  );
