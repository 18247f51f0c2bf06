import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { DEPLOYMENT_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../contract/metrics.ts';

/**
 * A statistic of one of the deployment's own metrics; the period is a minute unless another is
 * given.
 */
export type MetricOf = (name: MetricName, statistic: string, period?: Duration) => Metric;

/** The metrics of one deployment. */
export const metricsOf =
  (deploymentName: string): MetricOf =>
  (metricName, statistic, period = Duration.minutes(1)) =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [DEPLOYMENT_DIMENSION]: deploymentName },
      statistic,
      period,
    });
