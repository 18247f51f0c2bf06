import pMap from 'p-map';
import { type RowChange, timerChange } from '../domain/consequences.ts';
import {
  type ArmPlan,
  firstWakeUp,
  mayHaveSchedule,
  planArming,
  type RowTimer,
  scheduleName,
  type TimerSettings,
} from '../domain/timer.ts';
import type { Schedules, TimerQueue } from '../ports/messaging.ts';
import type { Clock, Telemetry } from '../ports/telemetry.ts';

export interface ArmDependencies {
  readonly queue: TimerQueue;
  readonly schedules: Schedules;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: TimerSettings;
}

/**
 * Scheduler calls under way at once: a batch of 100 ends within seconds, and a small region's quota
 * is not flooded.
 */
const CONCURRENCY = 20;

/**
 * Gives each new timer its wake-up, and takes the schedules of stopped ones away. Repeatable: a
 * schedule's name follows from its timer, and a wake-up may come twice.
 *
 * @throws Error if timers could not be armed or disarmed, after everything else was done; the
 * stream then delivers the changes again. A schedule that EventBridge Scheduler cannot take now is
 * not an error: it is counted, and the sweep covers it.
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
  const errors: unknown[] = [];
  const failed = ({ dueAt: _, setAt: __, ...subject }: RowTimer, error: unknown): void => {
    deps.telemetry.record({ kind: 'failed', subject, error });
    errors.push(error);
  };
  // Arming first: a schedule that is not deleted does no harm, a timer without a wake-up is late.
  await Promise.all([
    sendDelayed(deps, near, failed),
    pMap(far, (planned) => createSchedule(deps, planned).catch((error) => failed(planned.timer, error)), {
      concurrency: CONCURRENCY,
    }),
  ]);
  // Deleted even if not created just now: an earlier delivery of the batch may have got that far.
  await deleteSchedules(
    deps,
    stopped.filter((timer) => mayHaveSchedule(timer, now, deps.settings)),
    failed,
  );
  if (errors.length > 0) {
    throw new Error(`${errors.length} timers could not be armed or disarmed; first: ${errors[0]}`);
  }
}

interface Planned<P extends ArmPlan['path']> {
  readonly timer: RowTimer;
  readonly plan: Extract<ArmPlan, { path: P }>;
}

async function sendDelayed(
  { queue, telemetry }: ArmDependencies,
  near: readonly Planned<'near'>[],
  failed: (timer: RowTimer, error: unknown) => void,
): Promise<void> {
  const messages = near.map(({ timer, plan }) => ({
    timer,
    plan,
    message: { wakeUp: firstWakeUp(timer), delaySeconds: plan.delaySeconds },
  }));
  try {
    const untaken = new Set(await queue.send(messages.map(({ message }) => message)));
    for (const { timer, plan, message } of messages) {
      if (untaken.has(message)) failed(timer, new Error('the timer queue did not take the wake-up'));
      else telemetry.record({ kind: 'armed', timer, plan });
    }
  } catch (error) {
    // Any of them may have been sent: armed again, a wake-up may come twice.
    for (const { timer } of messages) failed(timer, error);
  }
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

/**
 * Best effort: at the first call that EventBridge Scheduler does not take, the rest of the batch
 * keeps its schedules. Each fires, changes nothing, and deletes itself.
 */
async function deleteSchedules(
  { schedules, telemetry }: ArmDependencies,
  timers: readonly RowTimer[],
  failed: (timer: RowTimer, error: unknown) => void,
): Promise<void> {
  let unavailable = false;
  await pMap(
    timers,
    async (timer) => {
      if (unavailable) return;
      try {
        const result = await schedules.delete(scheduleName(timer));
        unavailable ||= result === 'unavailable';
        telemetry.record({ kind: 'disarmed', timer, result });
      } catch (error) {
        failed(timer, error);
      }
    },
    { concurrency: CONCURRENCY },
  );
}
