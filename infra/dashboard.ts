import { Aws, Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type MetricName, REFUSALS } from '../contract/metrics.ts';
import type { FunctionName } from './function.ts';
import type { MetricOf } from './metrics.ts';

export interface DashboardProps {
  readonly deploymentName: string;
  readonly metric: MetricOf;
  readonly alarms: readonly Alarm[];
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  readonly table: Table;
  readonly timerQueue: Queue;
  readonly timerDeadLetterQueue: Queue;
  readonly scheduleDeadLetterQueue: Queue;
  readonly workQueue: Queue;
  readonly workDeadLetterQueue: Queue;
  readonly workRuleDeadLetterQueue: Queue;
}

/**
 * What an operator looks at first: what is wrong, whether timeouts are on time, whether the sweep
 * runs.
 */
export function createDashboard(scope: Construct, id: string, props: DashboardProps): Dashboard {
  const { metric, functions, table } = props;
  const sums = (...names: MetricName[]): IMetric[] =>
    names.map((name) => metric(name, 'Sum').with({ label: name }));
  const each = (of: (fn: IFunction) => IMetric): IMetric[] => Object.values(functions).map(of);
  const minute = { period: Duration.minutes(1) };
  const waiting = (queue: Queue, label: string): IMetric =>
    queue.metricApproximateNumberOfMessagesVisible({ ...minute, label });

  const dashboard = new Dashboard(scope, id, {
    // A dashboard's name is unique in the account, across all regions.
    dashboardName: `${props.deploymentName}-${Aws.REGION}`,
    defaultInterval: Duration.hours(3),
    periodOverride: PeriodOverride.INHERIT,
  });
  dashboard.addWidgets(
    new AlarmStatusWidget({ title: 'Alarms', width: 24, height: 4, alarms: [...props.alarms] }),
  );
  dashboard.addWidgets(new TextWidget({ markdown: BOARD, width: 24, height: 2 }));
  dashboard.addWidgets(
    graph(
      'Lateness of timeouts (ms)',
      ['p50', 'p99', 'Maximum'].map((statistic) => metric('Lateness', statistic).with({ label: statistic })),
    ),
    graph('Wake-ups', sums('WakeUpsFired', 'WakeUpsStale', 'WakeUpsEarly', 'WakeUpsRearmed')),
    graph('Timers armed', sums('TimersArmedNear', 'TimersArmedSchedule', 'TimersUnarmed')),
  );
  dashboard.addWidgets(
    graph(
      'Resource actions',
      sums('WakeUpsQueued', 'WakeUpsOffered', 'WakeUpsRetried', 'WakeUpsCancelled', 'Cascaded'),
    ),
    graph(
      'Attempts lost',
      sums('AttemptsTimedOut', 'EnginesLost', 'NoEngine', 'CanaryFailed', 'WakeUpsGranted'),
    ),
    graph(
      'Work queue',
      [waiting(props.workQueue, 'waiting')],
      [props.workQueue.metricApproximateAgeOfOldestMessage({ ...minute, label: 'oldest (s)' })],
    ),
  );
  dashboard.addWidgets(
    graph('Sweep', sums('SweepCompleted', 'SweepOverdue', 'Swept')),
    graph('Hops (most)', [metric('Hops', 'Maximum')]),
    graph('Stream: how far behind (ms)', [
      functions.arm.metric('IteratorAge', { ...minute, statistic: 'Maximum', label: 'arm' }),
      functions.effects.metric('IteratorAge', { ...minute, statistic: 'Maximum', label: 'effects' }),
    ]),
  );
  dashboard.addWidgets(
    graph('Commands', [
      functions.command.metricInvocations({ ...minute, label: 'commands' }),
      functions.command.metricThrottles({ ...minute, label: 'throttled' }),
    ]),
    graph('Commands: duration (ms)', [
      functions.command.metricDuration({ ...minute, statistic: 'p50', label: 'p50' }),
      functions.command.metricDuration({ ...minute, statistic: 'p99', label: 'p99' }),
    ]),
    graph('Refused requests', sums(...REFUSALS)),
  );
  dashboard.addWidgets(
    graph('Queues', [
      props.timerQueue.metricApproximateNumberOfMessagesDelayed({
        ...minute,
        label: 'wake-ups waiting for their time',
      }),
      waiting(props.timerQueue, 'wake-ups due'),
      waiting(props.timerDeadLetterQueue, 'timer dead letters'),
      waiting(props.scheduleDeadLetterQueue, 'schedule dead letters'),
      waiting(props.workDeadLetterQueue, 'work dead letters'),
      waiting(props.workRuleDeadLetterQueue, 'work rule dead letters'),
    ]),
    graph(
      'Function errors, and throttles on the right',
      each((fn) => fn.metricErrors(minute)),
      each((fn) => fn.metricThrottles(minute)),
    ),
    graph('Table', [
      table.metricConsumedReadCapacityUnits({ ...minute, label: 'read units' }),
      table.metricConsumedWriteCapacityUnits({ ...minute, label: 'write units' }),
    ]),
  );
  return dashboard;
}

/** Metrics say that something is wrong, the board says of which stack. */
const BOARD =
  'Which stacks are in progress, what failed and why: `npx stack-timeouts board`, on your machine. ' +
  'It links back to this dashboard.';

const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left, right, width: 8, height: 6 });
