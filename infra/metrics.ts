import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { ERROR_CODES, type ErrorCode } from '../contract/index.ts';

export const METRIC_NAMESPACE = 'StackTimeouts';

/** What the functions count, each with the name of the deployment as its only dimension. */
export type MetricName =
  | 'TimersArmedNear'
  | 'TimersArmedSchedule'
  | 'TimersUnarmed'
  | 'WakeUpsFired'
  | 'WakeUpsStale'
  | 'WakeUpsEarly'
  | 'WakeUpsRearmed'
  | 'WakeUpsOffered'
  | 'WakeUpsRetried'
  | 'WakeUpsGranted'
  | 'WakeUpsCancelled'
  | 'AttemptsTimedOut'
  | 'EnginesLost'
  | 'NoEngine'
  | 'CanaryFailed'
  | 'Cascaded'
  | 'Lateness'
  | 'Hops'
  | 'Swept'
  | 'SweepOverdue'
  | 'SweepCompleted'
  | `Refused${ErrorCode}`;

export const REFUSALS: readonly MetricName[] = ERROR_CODES.map((code) => `Refused${code}` as const);

export type MetricOf = (name: MetricName, statistic: string, period?: Duration) => Metric;

/** The metrics of one deployment. */
export const metricsOf =
  (deploymentName: string): MetricOf =>
  (metricName, statistic, period = Duration.minutes(1)) =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service: deploymentName },
      statistic,
      period,
    });
