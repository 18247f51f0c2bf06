/** Checks a run against the service's promises. Each check returns what did not hold, in words. */
import type { ResourceAction, Stack } from '../contract/index.ts';
import { SETTINGS } from '../local/cdk.ts';
import type { Attempt, Entry } from './event-log.ts';
import { attemptsOf, endsOf, HEARTBEAT_SECONDS, isSameAttempt } from './event-log.ts';
import type { Operation, Path } from './operations.ts';

/** How late a timeout may be, in seconds, by the wake-up that caused it. */
export const LATENESS_BOUNDS: Readonly<Record<Exclude<Path, 'completed'>, number>> = {
  // The emulator polls its queue once a second. The start of a function takes the rest.
  near: 3,
  schedule: 3,
  // The sweep runs each minute, as the emulator checks every 10 s. The rest is slack.
  sweep: SETTINGS.graceSeconds + 60 + 10 + 5,
};
/** How long an attempt may last after its engine was killed or stopped, in seconds. */
const LOSS_BOUND_SECONDS = HEARTBEAT_SECONDS + 5;

/** Milliseconds from the deadline to the timeout; undefined if there was none. */
export const lateness = ({ cause, endedAt, deadline }: Stack): number | undefined =>
  cause === 'TIMEOUT' && endedAt !== undefined ? Date.parse(endedAt) - Date.parse(deadline) : undefined;

/** What ended an operation. Only what the sweep ends is late by the grace time or more. */
export function pathOf({ request, extendToSeconds }: Operation, stack: Stack): Path | undefined {
  const late = lateness(stack);
  if (late === undefined) return stack.status === 'COMPLETE' ? 'completed' : undefined;
  if (late >= SETTINGS.graceSeconds * 1000) return 'sweep';
  // An extended timer is armed again at its old deadline, when the new one is near.
  const isNear = extendToSeconds !== undefined || request.timeoutSeconds <= SETTINGS.nearHorizonSeconds;
  return isNear ? 'near' : 'schedule';
}

type Check = readonly [holds: boolean, failure: string];
const failures = (subject: string, checks: readonly Check[]): string[] =>
  checks.flatMap(([holds, failure]) => (holds ? [] : `${subject}: ${failure}`));

/** @param stack the service's answer after the end. */
export function checkOperation(operation: Operation, stack: Stack, entries: readonly Entry[]): string[] {
  const { request, paths, extendToSeconds } = operation;
  const { stackId, action, status, cause, version } = stack;
  const path = pathOf(operation, stack);
  const timeout = Date.parse(stack.deadline) - Date.parse(stack.startedAt);
  const isExtended = timeout !== request.timeoutSeconds * 1000;
  const ends = endsOf(entries).filter((end) => end.stackId === stackId);
  return failures(stackId, [
    [paths.some((one) => one === path), `${action}_${status}, ${cause}, path ${path}; allowed: ${paths}`],
    [isExtended === (extendToSeconds !== undefined), `its deadline is ${timeout} ms after its start`],
    [ends.length === 1, `its end was published ${ends.length} times`],
    [ends.every((end) => end.version === version), 'it was changed after its end'],
    ...(path && path !== 'completed' ? latenessChecks(stack, path) : []),
  ]);
}

function latenessChecks(stack: Stack, path: keyof typeof LATENESS_BOUNDS): Check[] {
  const late = lateness(stack) ?? Number.NaN;
  return [
    [late >= 0, `it timed out ${-late} ms before its deadline`],
    [late <= LATENESS_BOUNDS[path] * 1000, `it timed out ${late} ms late, by path ${path}`],
  ];
}

export type Seen = { readonly stack: Stack; readonly resources: readonly ResourceAction[] };
export interface EnginesRun {
  readonly entries: readonly Entry[];
  readonly namesInTemplate: readonly string[];
  readonly afterCreate: Seen;
  readonly afterDelete: Seen;
  readonly schedulesLeft: readonly string[];
}

export function checkEngines(run: EnginesRun): string[] {
  const { entries, namesInTemplate, afterCreate, afterDelete, schedulesLeft } = run;
  const { stack, resources } = afterCreate;
  const attempts = attemptsOf(entries);
  const losses = attempts.filter(({ lost }) => lost);
  const inCreate = losses.filter(({ operationId }) => operationId === stack.operationId);
  const signals = new Set(inCreate.map(({ lost }) => lost?.did));
  const complete = resources.filter(({ status }) => status === 'COMPLETE').map(({ resource }) => resource);
  const stolen = resources.filter(
    (row) => attempts.find((one) => isSameAttempt(one, row))?.engine !== row.engineId,
  );
  const ends = endsOf(entries).filter(({ operationId }) => operationId === stack.operationId);
  const left = afterDelete.resources.filter(({ cause }) => cause !== 'CANCELLED');
  return [
    ...losses.flatMap((loss) => checkLoss(loss, entries, inCreate.includes(loss))),
    ...failures('the CREATE', [
      [stack.status === 'COMPLETE', `${stack.status}, ${stack.statusReason}`],
      [signals.size === 2, `attempts were lost to engines that were ${[...signals]}, not killed and stopped`],
      [namesInTemplate.every((name) => complete.includes(name)), `COMPLETE are only ${complete}`],
      [stolen.length === 0, `ended by an engine that did not have the attempt: ${namesOf(stolen)}`],
      [ends.length === resources.length + 1, `${ends.length} ends were published, not one of each`],
    ]),
    ...failures('the DELETE', [
      [afterDelete.stack.statusReason === 'Timed out', `its reason is ${afterDelete.stack.statusReason}`],
      ...latenessChecks(afterDelete.stack, 'near'),
      [losses.length > inCreate.length, 'no attempt was lost'],
      [left.length === 0, `not cancelled with it: ${namesOf(left)}`],
      [schedulesLeft.length === 0, `schedules are left: ${schedulesLeft}`],
    ]),
  ];
}

const namesOf = (rows: readonly ResourceAction[]) => rows.map(({ resource }) => resource).join(', ');

/** @param isRetried whether another attempt must follow. */
function checkLoss(loss: Attempt, entries: readonly Entry[], isRetried: boolean): string[] {
  const { resource, attempt, engine, lost, end, next } = loss;
  const seconds = end && lost ? (end.at - lost.at) / 1000 : Number.POSITIVE_INFINITY;
  const isTold = entries.some((one) => one.kind === 'fenced' && isSameAttempt(one, loss));
  return failures(`${resource}, attempt ${attempt} on engine ${engine}`, [
    [seconds <= LOSS_BOUND_SECONDS, `the loss was noticed after ${seconds} s`],
    [next !== undefined || !isRetried, 'no engine took over'],
    [isTold || lost?.did === 'killed', 'the engine was not told to stop'],
  ]);
}
