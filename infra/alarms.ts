import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { EventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from './function.ts';
import type { MetricOf } from './metrics.ts';

/** A function waits for the stream longer than this: timers come late, or observers learn late. */
const ITERATOR_AGE_SECONDS = 60;

/** A wake-up normally goes round once; Lambda's loop detection would stop a loop at about 16. */
const MANY_HOPS = 5;

/** Work that waits longer than this is not taken by any engine, or by too few. */
const WORK_AGE_SECONDS = 300;

export interface AlarmsProps {
  readonly deploymentName: string;
  readonly metric: MetricOf;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  readonly streamMappings: Readonly<Record<'arm' | 'effects', EventSourceMapping>>;
  readonly timerDeadLetterQueue: Queue;
  readonly scheduleDeadLetterQueue: Queue;
  readonly workQueue: Queue;
  readonly workDeadLetterQueue: Queue;
  readonly workRuleDeadLetterQueue: Queue;
  readonly latenessAlarmSeconds: number;
  readonly topic?: ITopic;
}

interface AlarmSpec {
  readonly metric: IMetric;
  /** The alarm tells when the metric is above this. */
  readonly above: number;
  /** What it means; the section of the runbook is added. */
  readonly meaning: string;
  /** The section of docs/runbook.md. */
  readonly section: string;
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
}

/** Every alarm says what it means and where the runbook goes on. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  readonly #deploymentName: string;
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#deploymentName = props.deploymentName;
    this.#topic = props.topic;
    this.#deadLetters(props);
    this.#stream(props);
    this.#sweep(props.metric);
    this.#timers(props);
    this.#work(props);
    for (const [name, fn] of Object.entries(props.functions)) {
      this.#add(`${name}-errors`, {
        metric: fn.metricErrors({ period: Duration.minutes(5) }),
        above: 0,
        meaning: `The ${name} function failed. What failed is tried again; the function's log says why.`,
        section: 'function-errors',
      });
    }
  }

  #deadLetters(props: AlarmsProps): void {
    const add = (id: string, queue: Queue, meaning: string) =>
      this.#add(id, {
        metric: queue.metricApproximateNumberOfMessagesVisible({
          statistic: 'Maximum',
          period: Duration.minutes(1),
        }),
        above: 0,
        meaning,
        section: id,
      });
    add(
      'timer-dead-letters',
      props.timerDeadLetterQueue,
      'Wake-ups failed so often that they were put aside. The sweep ends their timeouts, late.',
    );
    add(
      'schedule-dead-letters',
      props.scheduleDeadLetterQueue,
      'EventBridge Scheduler could not put wake-ups on the timer queue. The sweep ends their timeouts, late.',
    );
    add(
      'work-dead-letters',
      props.workDeadLetterQueue,
      'Engines received work so often without claiming it that it was put aside. It is offered again, until its deadline.',
    );
    add(
      'work-rule-dead-letters',
      props.workRuleDeadLetterQueue,
      'EventBridge could not put work on the work queue. It is offered again, until its deadline.',
    );
  }

  #stream({ streamMappings, functions }: AlarmsProps): void {
    for (const name of ['arm', 'effects'] as const) {
      const count = (metricName: string) =>
        new Metric({
          namespace: 'AWS/Lambda',
          metricName,
          dimensionsMap: { EventSourceMappingUUID: streamMappings[name].eventSourceMappingId },
          statistic: 'Sum',
          period: Duration.minutes(1),
        });
      this.#add(`${name}-records-failed`, {
        metric: count('OnFailureDestinationDeliveredEventCount'),
        above: 0,
        meaning: `The ${name} function gave up on records of the stream. They are kept whole in the failure bucket, to be replayed.`,
        section: 'stream-records-failed',
      });
      this.#add(`${name}-records-lost`, {
        metric: count('DroppedEventCount'),
        above: 0,
        meaning: `The ${name} function gave up on records of the stream, and the failure bucket did not take them.`,
        section: 'stream-records-lost',
      });
      this.#addMissing(`${name}-not-reading`, {
        metric: count('PolledEventCount'),
        periods: 5,
        meaning: `The ${name} function has read nothing of the table's stream for 5 minutes, although each sweep writes to the table.`,
        section: 'stream-not-read',
      });
      this.#add(`${name}-iterator-age`, {
        metric: functions[name].metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) }),
        above: ITERATOR_AGE_SECONDS * 1000,
        periods: 3,
        meaning: `The ${name} function is more than ${ITERATOR_AGE_SECONDS} s behind the table's stream.`,
        section: 'iterator-age',
      });
    }
  }

  #sweep(metric: MetricOf): void {
    this.#add('sweep-overdue', {
      metric: metric('SweepOverdue', 'Sum', Duration.minutes(5)),
      above: 0,
      meaning: 'The sweep found overdue rows: wake-ups were lost or are late. Their timeouts end, late.',
      section: 'sweep-overdue',
    });
    this.#addMissing('sweep-missing', {
      metric: metric('SweepCompleted', 'Sum'),
      periods: 3,
      meaning: 'No sweep was completed for 3 minutes: a timeout whose wake-up is lost would not end.',
      section: 'sweep-missing',
    });
  }

  #timers({ metric, latenessAlarmSeconds }: AlarmsProps): void {
    this.#add('lateness', {
      metric: metric('Lateness', 'p99', Duration.minutes(5)),
      above: latenessAlarmSeconds * 1000,
      meaning: `The p99 of how late timeouts are is above ${latenessAlarmSeconds} s.`,
      section: 'lateness',
    });
    this.#add('timers-unarmed', {
      metric: metric('TimersUnarmed', 'Sum', Duration.minutes(5)),
      above: 0,
      meaning:
        'Timers got no wake-up, because EventBridge Scheduler did not take their schedule. The sweep ends them, late.',
      section: 'timers-unarmed',
    });
    this.#add('hops', {
      metric: metric('Hops', 'Maximum', Duration.minutes(5)),
      above: MANY_HOPS,
      meaning: `A wake-up went round through the timer queue more than ${MANY_HOPS} times.`,
      section: 'hops',
    });
  }

  #work({ metric, workQueue }: AlarmsProps): void {
    this.#add('work-age', {
      metric: workQueue.metricApproximateAgeOfOldestMessage({
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      above: WORK_AGE_SECONDS,
      meaning: `Work has been waiting for an engine for more than ${WORK_AGE_SECONDS} s: no engine takes work, or too few do.`,
      section: 'work-age',
    });
    this.#add('canary-failed', {
      metric: metric('CanaryFailed', 'Sum', Duration.minutes(5)),
      // One is a passing fault; what it protects is protected by one as well.
      above: 1,
      meaning:
        'The command function could not record a heartbeat, more than once in 5 minutes. No engine is declared lost for it, but none can report either.',
      section: 'canary-failed',
    });
  }

  #add(id: string, { above, ...spec }: AlarmSpec): void {
    this.#create(id, spec, {
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** Tells when what should happen each minute did not for some minutes. */
  #addMissing(id: string, spec: Omit<AlarmSpec, 'above'>): void {
    this.#create(id, spec, {
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // What does not run reports nothing.
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #create(
    id: string,
    { metric, meaning, section, periods = 1 }: Omit<AlarmSpec, 'above'>,
    condition: Pick<AlarmProps, 'threshold' | 'comparisonOperator' | 'treatMissingData'>,
  ): void {
    const alarm = new Alarm(this, id, {
      alarmName: `${this.#deploymentName}-${id}`,
      alarmDescription: `${meaning} See docs/runbook.md#${section}`,
      metric,
      evaluationPeriods: periods,
      ...condition,
    });
    this.all.push(alarm);
    if (!this.#topic) return;
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
