/** What was seen of a stack on one Heat, and whether that is what the demo claims. Pure. */
import { type HeatOperation, TIMEOUT_MS } from './operations.ts';

export const SIDES = ['without', 'with'] as const;
/** The Heat without heat-bridge, and the one with it. */
export type Side = (typeof SIDES)[number];

/** Instants are milliseconds since 1970. */
export interface Observation {
  readonly at: number;
  /** As Heat shows it: `CREATE_IN_PROGRESS`. */
  readonly state: string;
  readonly reason: string;
}

export interface ObservedOperation {
  readonly side: Side;
  readonly operation: HeatOperation;
  readonly id: string;
  readonly began: number;
  /** The observations at which it had another state. The first one is in the operation. */
  readonly changes: readonly [Observation, ...Observation[]];
  readonly lastObservedAt: number;
}

export interface EnginesDown {
  readonly from: number;
  readonly until: number;
}

/** The bridge's grace of 5 s, an engine that acts, and a rollback, on a busy machine. */
const LATENESS_BOUND_SECONDS = 30;

export const deadlineOf = ({ began }: ObservedOperation): number => began + TIMEOUT_MS;
export const latest = ({ changes }: ObservedOperation): Observation => changes.at(-1) ?? changes[0];
const isInProgress = ({ state }: Observation): boolean => state.endsWith('_IN_PROGRESS');

/** The operation with one more observation. */
export function withObservation(one: ObservedOperation, observation: Observation): ObservedOperation {
  const seen = { ...one, lastObservedAt: observation.at };
  return latest(one).state === observation.state ? seen : { ...seen, changes: [...one.changes, observation] };
}

/** The observation that found the operation ended. */
export const endOf = (one: ObservedOperation): Observation | undefined => {
  const observation = latest(one);
  return isInProgress(observation) ? undefined : observation;
};

/** Seconds from the deadline, negative before it. */
export const fromDeadline = (one: ObservedOperation, at: number): number => (at - deadlineOf(one)) / 1000;

/** @returns what was not as the demo claims, in words. */
export function checkOperation(one: ObservedOperation, down: EnginesDown, watchSeconds: number): string[] {
  const { operation, changes } = one;
  const subject = `${operation.stack} ${one.side} heat-bridge`;
  const checks: [holds: boolean, failure: string][] = [
    [changes[0].at < down.from, 'the engines were killed before its operation was seen'],
    ...(one.side === 'without' ? lossChecks(one, watchSeconds) : endChecks(one)),
  ];
  return checks.flatMap(([holds, failure]) => (holds ? [] : `${subject}: ${failure}`));
}

function lossChecks(one: ObservedOperation, watchSeconds: number): [boolean, string][] {
  const watched = fromDeadline(one, one.lastObservedAt);
  return [
    [one.changes.length === 1, `it became ${latest(one).state}: its timeout was not lost`],
    [watched >= watchSeconds, `it was watched for ${watched.toFixed(0)} s after its deadline only`],
  ];
}

function endChecks(one: ObservedOperation): [boolean, string][] {
  const { end } = one.operation;
  const { at, state, reason } = latest(one);
  const early = one.changes.find(({ at }, n) => n > 0 && fromDeadline(one, at) < 0);
  const late = fromDeadline(one, at);
  return [
    [state === end.state && reason === end.reason, `it is ${state}, ${reason}; not ${end.state}`],
    [early === undefined, `it was ${early?.state} before its deadline`],
    [late <= LATENESS_BOUND_SECONDS, `it ended ${late.toFixed(1)} s after its deadline`],
  ];
}
