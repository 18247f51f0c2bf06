/** Whether what was seen is what must be: pure functions of the plan and of what was seen. */
import { parseWakeUp, type Stack } from '../../contract/index.ts';
import type { Alarm, Canary, Concurrency, Schedule } from './parts.ts';
import type { Case, Settings } from './plan.ts';
import type { Observation, WorkObservation } from './run.ts';

export interface Finding {
  readonly name: string;
  readonly proves: string;
  /** `skipped`: there is nothing to see here. */
  readonly result: 'held' | 'failed' | 'skipped';
  readonly latenessMs?: number;
  /** What is wrong, or worth knowing. */
  readonly notes: readonly string[];
}

const finding = (name: string, proves: string, faults: readonly string[]): Finding => ({
  name,
  proves,
  result: faults.length === 0 ? 'held' : 'failed',
  notes: faults,
});

const skipped = (name: string, proves: string, note: string): Finding => ({
  name,
  proves,
  result: 'skipped',
  notes: [note],
});

export function judge(one: Case, seen: Observation, settings: Settings): Finding {
  const latenessMs = latenessOf(one, seen);
  const faults = [
    ...(seen.error === undefined ? [] : [seen.error]),
    ...(seen.started && seen.schedule ? scheduleFaults(seen.schedule, seen.started, settings) : []),
    ...(seen.work ? workFaults(seen.work) : []),
    ...(seen.stack ? endFaults(one.name, seen.stack, one.ends) : []),
    ...(seen.child ? endFaults('the child', seen.child, { status: 'FAILED', cause: 'CANCELLED' }) : []),
    ...latenessFaults(one, latenessMs),
    ...touchedFaults(one, seen),
    ...(seen.schedulesLeft ? ['its schedule is still there'] : []),
  ];
  return {
    ...finding(one.name, one.proves, faults),
    ...(latenessMs !== undefined && { latenessMs }),
  };
}

/** From `from` to `to`; undefined if one of them is. */
const between = (from: string | undefined, to: string | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from);

/** An engine is lost in two steps: a third of the heartbeat timeout is granted before the second. */
const GRANTED_PART = 3;

/** How late came what is timed: the timeout, the end of the child, or the loss of the engine. */
function latenessOf(
  { hasChild, step, ends }: Case,
  { stack, moved, child, work }: Observation,
): number | undefined {
  if (hasChild) return between(stack?.endedAt, child?.endedAt);
  if (step?.kind === 'work') {
    const overdue = between(work?.heartbeatDeadline, work?.offered?.lastFailure?.at);
    return overdue === undefined
      ? undefined
      : overdue - Math.floor((step.heartbeatSeconds * 1000) / GRANTED_PART);
  }
  return ends.cause === 'TIMEOUT' ? between((moved ?? stack)?.deadline, stack?.endedAt) : undefined;
}

function latenessFaults({ earliestMs, latestMs }: Case, latenessMs: number | undefined): string[] {
  if (latenessMs === undefined) return [];
  if (latenessMs < 0) return [`it came ${-latenessMs} ms early`];
  if (latenessMs < earliestMs) return [`it came before the ${earliestMs} ms after which the sweep looks`];
  return latenessMs > latestMs ? [`it came later than ${latestMs} ms`] : [];
}

function endFaults(name: string, stack: Stack, ends: Case['ends']): string[] {
  if (stack.status === ends.status && stack.cause === ends.cause) return [];
  const is = stack.cause === undefined ? stack.status : `${stack.status} (${stack.cause})`;
  return [`${name} is ${is}, not ${ends.status} (${ends.cause}): ${stack.statusReason}`];
}

/** Whether anything but the command has written the row of an operation that was completed. */
function touchedFaults({ isFar, step }: Case, { started, stack }: Observation): string[] {
  if (isFar || step?.kind !== 'complete' || !started || !stack) return [];
  return stack.version === started.version + 1 ? [] : ['its row was written after its end'];
}

/** Whether what happened can be read afterwards: of every case that ended. */
export function judgeHistory(
  cases: readonly { readonly one: Case; readonly seen: Observation }[],
  { keepsHistory }: Settings,
): Finding {
  const name = 'history';
  const proves = 'each start, each end and the lost attempt can be read afterwards';
  if (!keepsHistory) return skipped(name, proves, 'the setting history is off');
  return finding(
    name,
    proves,
    cases.flatMap(({ one, seen }) => historyFaults(one, seen).map((fault) => `${one.name}: ${fault}`)),
  );
}

function historyFaults({ step }: Case, { stack, history, error }: Observation): string[] {
  if (stack?.status === 'IN_PROGRESS' || stack === undefined || error !== undefined) return [];
  if (history === undefined) return ['its history does not tell the end'];
  const [end, start, ...more] = history.filter(({ resource }) => resource === undefined);
  const isEnd = end?.at === stack.endedAt && end?.status === stack.status && end.cause === stack.cause;
  const isStart = start?.at === stack.startedAt && start?.status === 'IN_PROGRESS';
  const attempts = history.filter(({ resource }) => resource !== undefined);
  return [
    ...(isEnd ? [] : ['its history tells another end']),
    ...(isStart && more.length === 0 ? [] : ['its history tells another start']),
    ...(step?.kind !== 'work' ||
    attempts.some(({ attempt, cause }) => attempt === 1 && cause === 'ENGINE_LOST')
      ? []
      : ['its history does not tell of the lost attempt']),
  ];
}

function scheduleFaults(
  { expression, targetArn, input, deletesItself }: Schedule,
  { stackId, operationId, deadline }: Stack,
  { leadSeconds, timerQueueArn }: Settings,
): string[] {
  const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  const latest = Date.parse(deadline) - leadSeconds * 1000;
  const isInTime = time !== undefined && Date.parse(`${time}Z`) <= latest;
  const wakeUp = parseWakeUp(input);
  const isOwn =
    wakeUp.ok &&
    wakeUp.value.stackId === stackId &&
    wakeUp.value.operationId === operationId &&
    wakeUp.value.dueAt === deadline;
  return [
    ...(isInTime ? [] : [`its schedule is ${expression}, not ${leadSeconds} s ahead of ${deadline}`]),
    ...(targetArn === timerQueueArn ? [] : [`its schedule sends to ${targetArn}, not to the timer queue`]),
    ...(isOwn ? [] : [`its schedule sends another wake-up: ${input}`]),
    ...(deletesItself ? [] : ['its schedule does not delete itself']),
  ];
}

function workFaults({ messages, offered, zombie, ended }: WorkObservation): string[] {
  const missing = Object.entries(messages).flatMap(([attempt, wasThere]) => (wasThere ? [] : [attempt]));
  return [
    ...missing.map(
      (attempt) =>
        `the message of attempt ${attempt} was not seen on the work queue: ` +
        'it did not come, or an engine that runs there had it',
    ),
    ...(offered === undefined || offered.lastFailure?.cause === 'ENGINE_LOST'
      ? []
      : [`its first attempt failed by ${offered.lastFailure?.cause}, not by ENGINE_LOST`]),
    ...(zombie === undefined || zombie === 'StaleAttempt'
      ? []
      : [`the heartbeat of the lost engine was answered ${zombie}, not StaleAttempt`]),
    ...(ended === undefined || ended.status === 'COMPLETE' ? [] : [`the work is ${ended.status}`]),
  ];
}

/** What was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly error: string };

export interface Inspection {
  readonly deadLetters: readonly { readonly name: string; readonly count: Read<number> }[];
  readonly triggers: Read<readonly { readonly name: string; readonly state: string }[]>;
  /** Before the cases ran, and after. */
  readonly alarms: { readonly before: Read<readonly Alarm[]>; readonly after: Read<readonly Alarm[]> };
  readonly canary: Read<Canary>;
  readonly concurrency: Read<Concurrency | undefined>;
  /** When the last case ended. */
  readonly lastEnd: number;
}

/** The sweep runs the canary each minute. */
const CANARY_AGE_MS = 120_000;

export function judgeDeployment(inspection: Inspection, { deploymentName }: Settings): Finding[] {
  const { deadLetters, triggers, alarms, canary, concurrency, lastEnd } = inspection;
  return [
    finding(
      'dead-letters',
      'the dead-letter queues and the failure bucket are empty',
      deadLetters.flatMap(({ name, count }) =>
        faultsOf(count, (value) =>
          value === 0 ? [] : [`${name}: ${value}; to see them: stack-timeouts redrive --dry-run`],
        ),
      ),
    ),
    finding(
      'triggers',
      'the event source mappings and the rule of the sweep are on',
      faultsOf(triggers, (all) =>
        all.flatMap(({ name, state }) => (state === 'on' ? [] : [`${name}: ${state}`])),
      ),
    ),
    judgeAlarms(alarms, deploymentName),
    finding(
      'canary',
      'the sweep ran, and heartbeats could be recorded, in the last two minutes',
      faultsOf(canary, ({ succeededAt = 0, failedAt = 0 }) => {
        if (failedAt > succeededAt) return [`it failed at ${new Date(failedAt).toISOString()}`];
        if (succeededAt === 0) return ['it has never succeeded'];
        return lastEnd - succeededAt <= CANARY_AGE_MS
          ? []
          : [`it succeeded last at ${new Date(succeededAt).toISOString()}`];
      }),
    ),
    judgeConcurrency(concurrency),
  ];
}

function faultsOf<T>(read: Read<T>, faults: (value: T) => string[]): string[] {
  return 'error' in read ? [`not read: ${read.error}`] : faults(read.value);
}

/**
 * The alarms that the lost schedule sets off, since the sweep ends an operation late. Those that
 * wait for a first sweep may be on before, when the deployment is new.
 */
const EXPECTED_ALARMS = ['sweep-overdue', 'lateness'];

function judgeAlarms({ before, after }: Inspection['alarms'], deploymentName: string): Finding {
  const proves = 'no alarm is on, but for those that the lost schedule sets off';
  const on = (alarms: readonly Alarm[]) =>
    ownAlarms(alarms, deploymentName)
      .filter(({ isOn }) => isOn)
      .map(({ name }) => name);
  const expected = EXPECTED_ALARMS.map((id) => `${deploymentName}-${id}`);
  const wereOn = 'value' in before ? on(before.value) : [];
  const faults = [
    ...faultsOf(before, () => []),
    ...faultsOf(after, (alarms) => [
      ...(ownAlarms(alarms, deploymentName).length > 0 ? [] : [`there is no alarm ${deploymentName}-*`]),
      ...on(alarms)
        .filter((name) => !expected.includes(name) || wereOn.includes(name))
        .map((name) => `${name} is on`),
    ]),
  ];
  return finding('alarms', proves, [...new Set(faults)]);
}

/**
 * Of alarms whose names begin with the deployment's, those that are its own: a deployment `A-B` has
 * an alarm `A-B-lateness` where `A` has `A-lateness`.
 */
export function ownAlarms(alarms: readonly Alarm[], deploymentName: string): Alarm[] {
  const idOf = ({ name }: Alarm) => name.slice(deploymentName.length + 1);
  const ids = alarms.map(idOf);
  return alarms.filter((alarm) => !ids.some((id) => idOf(alarm).endsWith(`-${id}`)));
}

function judgeConcurrency(concurrency: Read<Concurrency | undefined>): Finding {
  const name = 'concurrency';
  const proves = 'a mass timeout leaves concurrency to the commands';
  if ('value' in concurrency && concurrency.value === undefined) {
    return skipped(name, proves, 'an emulator has no quotas');
  }
  const faults = faultsOf(concurrency, (value) =>
    value === undefined || value.unreserved > value.wake
      ? []
      : [
          `wake may take ${value.wake} of the ${value.unreserved} that the account has unreserved: raise the quota, or lower wakeMaxConcurrency`,
        ],
  );
  return finding(name, proves, faults);
}
