/** The time axis of a timeline: the period that is drawn, and its ticks. Pure. */
import { unitsOf } from '../duration.ts';
import type { Instant, Timeline } from './timeline.ts';

export interface DrawnPeriod {
  readonly from: Instant;
  /** Later than `from`. */
  readonly until: Instant;
}

/** A deadline ahead is shown if it takes at most a third of the axis. */
const MOST_AHEAD = 0.5;

export function drawnPeriod({ operation, from, until }: Timeline): DrawnPeriod {
  const { deadline = until, end } = operation;
  const isNear = end === undefined && deadline - until <= (until - from) * MOST_AHEAD;
  return { from, until: Math.max(isNear ? deadline : until, until, from + 1) };
}

/** The deadline of the operation, if it was reached or is within the drawn period. */
export function drawnDeadline(timeline: Timeline): Instant | undefined {
  const { deadline, end } = timeline.operation;
  if (deadline === undefined || deadline > drawnPeriod(timeline).until) return undefined;
  return end && end.at < deadline ? undefined : deadline;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 30, 60, 90, 180, 365].map((n) => n * DAY),
];

export interface Tick {
  readonly at: Instant;
  /** The time since the start, such as `1m 30s`. */
  readonly label: string;
}

/** At most `most` ticks, at round times since the start, of which the first is one. */
export function ticks({ from, until }: DrawnPeriod, most: number): Tick[] {
  const length = until - from;
  const step = STEPS.find((one) => Math.floor(length / one) + 1 <= most) ?? length + 1;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => ({
    at: from + n * step,
    label: elapsed(n * step),
  }));
}

/** `0s`, `0.5s`, `1m 30s`, `2h`: without the units that are zero. */
export function elapsed(milliseconds: number): string {
  if (milliseconds < MINUTE) return `${Number((milliseconds / SECOND).toFixed(3))}s`;
  const units = unitsOf(Math.floor(milliseconds / SECOND));
  return units.flatMap(([value, unit]) => (value > 0 ? `${value}${unit}` : [])).join(' ');
}
