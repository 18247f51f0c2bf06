import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { EventSourceMapping, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from './function.ts';
import type { MetricOf } from './metrics.ts';

/** A function further behind the stream than this arms timers late, or notifies observers late. */
const ITERATOR_AGE_SECONDS = 60;

/**
 * A wake-up normally makes one hop. Lambda's loop detection, which is off for wake, would stop a
 * loop after about 16.
 */
const MANY_HOPS = 5;

/**
 * SQS does not say whether the age of a message counts from when it was sent or from when its delay
 * was over, so this allows for the longest delay (900 s) and for two receives that failed (60 s
 * each by default). From the third on, SQS leaves a message out.
 */
const WAKE_UP_AGE_SECONDS = 1080;

/** If work waits longer than this, no engine takes work, or too few do. */
const WORK_AGE_SECONDS = 300;

export interface AlarmsProps {
  readonly deploymentName: string;
  readonly metric: MetricOf;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly streamMappings: Readonly<Record<'arm' | 'effects', EventSourceMapping>>;
  readonly timerQueue: Queue;
  readonly timerDeadLetterQueue: Queue;
  readonly scheduleDeadLetterQueue: Queue;
  readonly workQueue: Queue;
  readonly workDeadLetterQueue: Queue;
  readonly workRuleDeadLetterQueue: Queue;
  /** The threshold of the lateness alarm, for the p99. */
  readonly latenessAlarmSeconds: number;
  /**
   * The topic that every alarm notifies when it goes off and when it ends.
   * @default - alarms only show their state
   */
  readonly topic?: ITopic;
}

interface AlarmSpec {
  readonly metric: IMetric;
  /** The alarm goes off when the metric is above this. */
  readonly above: number;
  /** What the alarm means, in one or two sentences. */
  readonly meaning: string;
  /** The command to type next. */
  readonly next: string;
  /** The section of docs/runbook.md that says what to do. */
  readonly section: string;
  /**
   * For how many periods in a row.
   * @default 1
   */
  readonly periods?: number;
}

/** A command of the CLI for this deployment. */
const cli =
  (scope: Construct) =>
  (words: string): string =>
    `npx stack-timeouts ${words} --stack-name ${Stack.of(scope).stackName}`;

/** The errors in a function's log. */
const errorsOf = (fn: LambdaFunction): string => logOf(fn, '{ $.level = "ERROR" }');

const logOf = (fn: LambdaFunction, pattern: string): string =>
  `aws logs tail ${fn.logGroup.logGroupName} --since 1h --filter-pattern '${pattern}'`;

const mappingsOf = (fn: LambdaFunction): string =>
  `aws lambda list-event-source-mappings --function-name ${fn.functionName}`;

/**
 * The alarms. The description of each says what it means, which command to type next, and which
 * section of the runbook goes on.
 */
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
    this.#sweep(props);
    this.#timers(props);
    this.#work(props);
    for (const [name, fn] of Object.entries(props.functions)) {
      this.#add(`${name}-errors`, {
        metric: fn.metricErrors({ period: Duration.minutes(5) }),
        above: 0,
        meaning: `The ${name} function failed. Its work is retried; its log says why it failed.`,
        next: errorsOf(fn),
        section: 'function-errors',
      });
      this.#add(`${name}-throttles`, {
        metric: fn.metricThrottles({ period: Duration.minutes(5) }),
        above: 0,
        meaning: `Lambda did not run the ${name} function for lack of concurrency. Its work is retried, late.`,
        next: 'aws lambda get-account-settings --query AccountLimit',
        section: 'function-throttles',
      });
    }
  }

  #deadLetters(props: AlarmsProps): void {
    const add = (id: string, queue: Queue, name: string, meaning: string) =>
      this.#add(id, {
        metric: queue.metricApproximateNumberOfMessagesVisible({
          statistic: 'Maximum',
          period: Duration.minutes(1),
        }),
        above: 0,
        meaning,
        next: cli(this)(`redrive --dry-run --queue ${name}`),
        section: id,
      });
    add(
      'timer-dead-letters',
      props.timerDeadLetterQueue,
      'timers',
      'Wake-ups failed so often that SQS moved them to the dead-letter queue. The sweep ends their timeouts, late.',
    );
    add(
      'schedule-dead-letters',
      props.scheduleDeadLetterQueue,
      'schedules',
      'EventBridge Scheduler could not deliver wake-ups to the timer queue. The sweep ends their timeouts, late.',
    );
    add(
      'work-dead-letters',
      props.workDeadLetterQueue,
      'work',
      'Engines received work without claiming it so often that SQS moved it to the dead-letter queue. The service offers it again until its deadline.',
    );
    add(
      'work-rule-dead-letters',
      props.workRuleDeadLetterQueue,
      'work-rule',
      'EventBridge could not deliver work to the work queue. The service offers it again until its deadline.',
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
        meaning: `The ${name} function failed on stream records until its retries ran out. The failure bucket keeps the whole records for a redrive.`,
        next: cli(this)('redrive --dry-run --queue stream'),
        section: 'stream-records-failed',
      });
      this.#add(`${name}-records-lost`, {
        metric: count('DroppedEventCount'),
        above: 0,
        meaning: `The ${name} function failed on stream records until its retries ran out, and the failure bucket did not accept them.`,
        next: errorsOf(functions[name]),
        section: 'stream-records-lost',
      });
      this.#addMissing(`${name}-not-reading`, {
        metric: count('PolledEventCount'),
        periods: 5,
        meaning: `The ${name} function has read nothing from the table's stream for 5 minutes, although each sweep writes to the table.`,
        next: mappingsOf(functions[name]),
        section: 'stream-not-read',
      });
      this.#add(`${name}-iterator-age`, {
        metric: functions[name].metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) }),
        above: ITERATOR_AGE_SECONDS * 1000,
        periods: 3,
        meaning: `The ${name} function is more than ${ITERATOR_AGE_SECONDS} s behind the table's stream.`,
        next: errorsOf(functions[name]),
        section: 'iterator-age',
      });
    }
  }

  #sweep({ metric, functions }: AlarmsProps): void {
    this.#add('sweep-overdue', {
      metric: metric('SweepOverdue', 'Sum', Duration.minutes(5)),
      above: 0,
      meaning:
        'The sweep found overdue rows: their wake-ups were lost or are late. The sweep ends their timeouts, late.',
      next: cli(this)('list --failed --since 1h'),
      section: 'sweep-overdue',
    });
    this.#addMissing('sweep-missing', {
      metric: metric('SweepCompleted', 'Sum'),
      periods: 3,
      meaning:
        'No sweep completed for 3 minutes. Until one completes, a timeout whose wake-up was lost does not end.',
      next: errorsOf(functions.sweep),
      section: 'sweep-missing',
    });
  }

  #timers({ metric, functions, timerQueue, latenessAlarmSeconds }: AlarmsProps): void {
    this.#add('timer-queue-age', {
      metric: timerQueue.metricApproximateAgeOfOldestMessage({
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      above: WAKE_UP_AGE_SECONDS,
      meaning: `A wake-up has been on the timer queue for more than ${WAKE_UP_AGE_SECONDS} s, longer than any delay: the wake function takes none, or too few.`,
      next: mappingsOf(functions.wake),
      section: 'timer-queue-age',
    });
    this.#add('lateness', {
      metric: metric('Lateness', 'p99', Duration.minutes(5)),
      above: latenessAlarmSeconds * 1000,
      meaning: `The p99 of the lateness of timeouts is above ${latenessAlarmSeconds} s.`,
      next: cli(this)('list --failed --since 1h'),
      section: 'lateness',
    });
    this.#add('timers-unarmed', {
      metric: metric('TimersUnarmed', 'Sum', Duration.minutes(5)),
      above: 0,
      meaning:
        'Timers have no wake-up because EventBridge Scheduler did not accept their schedules. The sweep ends their timeouts, late.',
      next: cli(this)('rearm --dry-run'),
      section: 'timers-unarmed',
    });
    this.#add('hops', {
      metric: metric('Hops', 'Maximum', Duration.minutes(5)),
      above: MANY_HOPS,
      meaning: `A wake-up went through the timer queue more than ${MANY_HOPS} times.`,
      next: logOf(functions.wake, `{ $.hops > ${MANY_HOPS} }`),
      section: 'hops',
    });
  }

  #work({ metric, functions, workQueue }: AlarmsProps): void {
    this.#add('work-age', {
      metric: workQueue.metricApproximateAgeOfOldestMessage({
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      above: WORK_AGE_SECONDS,
      meaning: `Work has waited for an engine for more than ${WORK_AGE_SECONDS} s: no engine takes work, or too few do.`,
      next: cli(this)('engines'),
      section: 'work-age',
    });
    this.#add('canary-failed', {
      metric: metric('CanaryFailed', 'Sum', Duration.minutes(5)),
      // One failure is a passing fault, and engines are protected by that one as well.
      above: 1,
      meaning:
        'The command function could not record a heartbeat, more than once in 5 minutes. No engine is declared lost meanwhile, but engines cannot report either.',
      next: errorsOf(functions.command),
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

  /** Goes off when something that happens every minute did not happen for some minutes. */
  #addMissing(id: string, spec: Omit<AlarmSpec, 'above'>): void {
    this.#create(id, spec, {
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // A function that does not run writes no metric.
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #create(
    id: string,
    { metric, meaning, next, section, periods = 1 }: Omit<AlarmSpec, 'above'>,
    condition: Pick<AlarmProps, 'threshold' | 'comparisonOperator' | 'treatMissingData'>,
  ): void {
    const alarm = new Alarm(this, id, {
      alarmName: `${this.#deploymentName}-${id}`,
      alarmDescription: `${meaning} Next: ${next} - see docs/runbook.md#${section}`,
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
