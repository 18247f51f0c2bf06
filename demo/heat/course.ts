/** What was seen of a stack on one Heat, and whether that is what the demo claims. Pure. */
import { type HeatOperation, TIMEOUT_MS } from './operations.ts';

export const SIDES = ['without', 'with'] as const;
/** The Heat without heat-bridge, and the one with it. */
export type Side = (typeof SIDES)[number];

/** Instants are milliseconds since 1970. */
export interface Look {
  readonly at: number;
  /** As Heat shows it: `CREATE_IN_PROGRESS`. */
  readonly state: string;
  readonly reason: string;
}

export interface Course {
  readonly side: Side;
  readonly operation: HeatOperation;
  readonly id: string;
  readonly began: number;
  /** The looks at which it had another state. The first one is in the operation. */
  readonly changes: readonly [Look, ...Look[]];
  readonly lastLookAt: number;
}

export interface EnginesDown {
  readonly from: number;
  readonly until: number;
}

/** The bridge's grace of 5 s, an engine that acts, and a rollback, on a busy machine. */
const LATENESS_BOUND_SECONDS = 30;

export const deadlineOf = ({ began }: Course): number => began + TIMEOUT_MS;
export const latest = ({ changes }: Course): Look => changes.at(-1) ?? changes[0];
const isInProgress = ({ state }: Look): boolean => state.endsWith('_IN_PROGRESS');

/** The course with one more look. */
export function withLook(course: Course, look: Look): Course {
  const seen = { ...course, lastLookAt: look.at };
  return latest(course).state === look.state ? seen : { ...seen, changes: [...course.changes, look] };
}

/** The look that found the operation ended. */
export const endOf = (course: Course): Look | undefined => {
  const look = latest(course);
  return isInProgress(look) ? undefined : look;
};

/** Seconds from the deadline, negative before it. */
export const fromDeadline = (course: Course, at: number): number => (at - deadlineOf(course)) / 1000;

/** @returns what was not as the demo claims, in words. */
export function checkCourse(course: Course, down: EnginesDown, watchSeconds: number): string[] {
  const { operation, changes } = course;
  const subject = `${operation.stack} ${course.side} heat-bridge`;
  const checks: [holds: boolean, failure: string][] = [
    [changes[0].at < down.from, 'the engines were killed before its operation was seen'],
    ...(course.side === 'without' ? lossChecks(course, watchSeconds) : endChecks(course)),
  ];
  return checks.flatMap(([holds, failure]) => (holds ? [] : `${subject}: ${failure}`));
}

function lossChecks(course: Course, watchSeconds: number): [boolean, string][] {
  const watched = fromDeadline(course, course.lastLookAt);
  return [
    [course.changes.length === 1, `it became ${latest(course).state}: its timeout was not lost`],
    [watched >= watchSeconds, `it was watched for ${watched.toFixed(0)} s after its deadline only`],
  ];
}

function endChecks(course: Course): [boolean, string][] {
  const { end } = course.operation;
  const { at, state, reason } = latest(course);
  const early = course.changes.find((one, n) => n > 0 && fromDeadline(course, one.at) < 0);
  const late = fromDeadline(course, at);
  return [
    [state === end.state && reason === end.reason, `it is ${state}, ${reason}; not ${end.state}`],
    [early === undefined, `it was ${early?.state} before its deadline`],
    [late <= LATENESS_BOUND_SECONDS, `it ended ${late.toFixed(1)} s after its deadline`],
  ];
}
