/**
 * The metrics that a deployment writes: the one list for the functions, the alarms, the dashboard
 * and the reference page. A name that is not in it does not compile.
 */
import type { ErrorCode } from './answers.ts';

export const METRIC_NAMESPACE = 'StackTimeouts';

/** The dimension that holds the name of the deployment. */
export const DEPLOYMENT_DIMENSION = 'service';

export interface MetricDefinition {
  /** CloudWatch's name of the unit. */
  readonly unit: 'Count' | 'Milliseconds';
  readonly dimensions: readonly [typeof DEPLOYMENT_DIMENSION];
  /** One sentence. */
  readonly meaning: string;
}

const metric = (unit: MetricDefinition['unit'], meaning: string): MetricDefinition => ({
  unit,
  dimensions: [DEPLOYMENT_DIMENSION],
  meaning,
});
const count = (meaning: string) => metric('Count', meaning);

type RefusalMetric = `Refused${ErrorCode}`;

const refused = (code: ErrorCode) => count(`Requests refused with error code ${code}.`);

// Not made from `ERROR_CODES`, because importing it would bundle all schemas into arm and sweep,
// which need none.
const REFUSAL_METRICS = {
  RefusedValidationError: refused('ValidationError'),
  RefusedStackNotFound: refused('StackNotFound'),
  RefusedResourceNotFound: refused('ResourceNotFound'),
  RefusedOperationInProgress: refused('OperationInProgress'),
  RefusedStaleOperation: refused('StaleOperation'),
  RefusedOperationEnded: refused('OperationEnded'),
  RefusedParentEnded: refused('ParentEnded'),
  RefusedResourceInProgress: refused('ResourceInProgress'),
  RefusedStaleAttempt: refused('StaleAttempt'),
  RefusedNotClaimable: refused('NotClaimable'),
  RefusedNotPermitted: refused('NotPermitted'),
} satisfies Record<RefusalMetric, MetricDefinition>;

/** How often requests were refused, one metric for each error code. */
export const REFUSALS = Object.keys(REFUSAL_METRICS) as readonly RefusalMetric[];

export const METRICS = {
  TimersArmedNear: count('Timers that got a delayed message as their wake-up.'),
  TimersArmedSchedule: count('Timers that got a schedule as their wake-up.'),
  TimersUnarmed: count(
    'Timers without a wake-up, because EventBridge Scheduler did not accept their schedule; the sweep handles them.',
  ),
  WakeUpsFired: count('Wake-ups and overdue rows that timed something out.'),
  WakeUpsStale: count('Wake-ups dropped because their timer was no longer the current one.'),
  WakeUpsEarly: count('Wake-ups that arrived before the due time and went back to the timer queue.'),
  WakeUpsRearmed: count('Wake-ups that found a deadline moved later and armed a new timer.'),
  WakeUpsQueued: count('Delayed resource actions whose delay ended and whose work was offered to engines.'),
  WakeUpsOffered: count('Resource actions in phase QUEUED whose work was offered to engines again.'),
  WakeUpsRetried: count(
    'Resource actions whose backoff ended and whose next attempt was offered to engines.',
  ),
  WakeUpsGranted: count(
    'Attempts that were given more time for a heartbeat: the service may not have been able to record one, or has yet to prove that it can.',
  ),
  WakeUpsCancelled: count('Resource actions ended because their operation had ended.'),
  AttemptsTimedOut: count('Attempts or resource actions that missed their deadline.'),
  EnginesLost: count('Attempts that ended because their heartbeat was missing.'),
  NoEngine: count('Resource actions that no engine claimed before their start deadline.'),
  CanaryFailed: count('Canaries that could not record a heartbeat through the command function.'),
  Cascaded: count('Resource actions and child stacks that ended with their operation.'),
  Lateness: metric('Milliseconds', 'Time from a deadline to the decision that timed it out.'),
  Hops: count('How many times a wake-up had gone through the timer queue before it was handled.'),
  Swept: count('Overdue rows that the sweep timed out or armed anew.'),
  SweepOverdue: count('Overdue rows that the sweep found.'),
  SweepCompleted: count('Sweeps that read at least one shard of the timer index.'),
  ...REFUSAL_METRICS,
} satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
