import pMap from 'p-map';
import { type RowChange, timerChange } from '../domain/consequences.ts';
import {
  type ArmPlan,
  firstWakeUp,
  mayHaveSchedule,
  type OperationTimer,
  planArming,
  scheduleName,
  type TimerSettings,
} from '../domain/timer.ts';
import type { Clock, Schedules, Telemetry, TimerQueue } from '../ports.ts';

export interface ArmDependencies {
  readonly queue: TimerQueue;
  readonly schedules: Schedules;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: TimerSettings;
}

/** Scheduler calls under way at once: a batch of 100 ends within seconds, and a small region's quota is not flooded. */
const CONCURRENCY = 20;

/**
 * Gives each new timer its wake-up, and takes the schedules of stopped ones away. Repeatable: a schedule's name
 * follows from its timer, and a wake-up may come twice.
 *
 * @throws AggregateError of what failed, after everything else was done; the stream then delivers the changes again.
 * A schedule that EventBridge Scheduler cannot take now is not an error: it is counted, and the sweep covers it.
 */
export async function arm(deps: ArmDependencies, changes: readonly RowChange[]): Promise<void> {
  const timers = changes.map(timerChange);
  const stopped = timers.flatMap(({ disarm }) => disarm ?? []);
  const stoppedNames = new Set(stopped.map(scheduleName));
  // A timer that was stopped within the batch needs no wake-up any more.
  const started = timers
    .flatMap(({ arm }) => arm ?? [])
    .filter((timer) => !stoppedNames.has(scheduleName(timer)));

  const now = deps.clock.now();
  const near: Planned<'near'>[] = [];
  const far: Planned<'schedule'>[] = [];
  for (const timer of started) {
    const plan = planArming(timer, now, deps.settings);
    if (plan.path === 'near') near.push({ timer, plan });
    else far.push({ timer, plan });
  }
  const outcomes = await Promise.allSettled([
    sendDelayed(deps, near),
    pMap(far, (planned) => createSchedule(deps, planned), { concurrency: CONCURRENCY, stopOnError: false }),
    // Deleted even if not created just now: an earlier delivery of the batch may have got that far.
    pMap(
      stopped.filter((timer) => mayHaveSchedule(timer, deps.settings)),
      (timer) => deleteSchedule(deps, timer),
      { concurrency: CONCURRENCY, stopOnError: false },
    ),
  ]);
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (errors.length > 0)
    throw new AggregateError(errors, `timers could not be armed: ${errors.map(String).join('; ')}`);
}

interface Planned<P extends ArmPlan['path']> {
  readonly timer: OperationTimer;
  readonly plan: Extract<ArmPlan, { path: P }>;
}

async function sendDelayed(
  { queue, telemetry }: ArmDependencies,
  near: readonly Planned<'near'>[],
): Promise<void> {
  const untaken = await queue.send(
    near.map(({ timer, plan }) => ({ wakeUp: firstWakeUp(timer), delaySeconds: plan.delaySeconds })),
  );
  if (untaken.length > 0)
    throw new Error(`the timer queue did not take ${untaken.length} of ${near.length} wake-ups`);
  for (const { timer, plan } of near) telemetry.record({ kind: 'armed', timer, plan });
}

async function createSchedule(
  { schedules, telemetry }: ArmDependencies,
  { timer, plan }: Planned<'schedule'>,
): Promise<void> {
  const result = await schedules.create({
    name: scheduleName(timer),
    at: plan.at,
    wakeUp: firstWakeUp(timer),
  });
  telemetry.record(result === 'created' ? { kind: 'armed', timer, plan } : { kind: 'unarmed', timer });
}

async function deleteSchedule(
  { schedules, telemetry }: ArmDependencies,
  timer: OperationTimer,
): Promise<void> {
  const result = await schedules.delete(scheduleName(timer));
  telemetry.record({ kind: 'disarmed', timer, result });
}
