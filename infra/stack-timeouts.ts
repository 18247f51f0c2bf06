import { Duration, Stack, Token } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { IGNORED_TRANSITIONS } from '../lambdas/domain/stream-filters.ts';
import { acknowledge } from './acknowledge.ts';
import { Alarms } from './alarms.ts';
import { resolveSettings } from './config.ts';
import { createDashboard } from './dashboard.ts';
import type { FunctionName } from './function.ts';
import { createFunctions } from './functions.ts';
import { metricsOf } from './metrics.ts';
import { engineCalls } from './permissions.ts';
import { createDeadLetterQueue } from './queue.ts';
import { Schedules } from './schedules.ts';
import type { Settings } from './settings.ts';
import { createFailureBucket, mapStream } from './stream.ts';
import { createTimerQueue } from './timer-queue.ts';
import { createTimersTable } from './timers-table.ts';
import { createWorkQueue, createWorkRule } from './work-queue.ts';

/**
 * A record older than this is given up even if it was never tried, so it is no bound for poison (that is
 * `retryAttempts`). The stream itself keeps records for 24 hours; before they go, they are kept in the failure bucket.
 */
const ALMOST_A_DAY = Duration.hours(23);

export interface StackTimeoutsProps extends Partial<Settings> {
  /**
   * Names the schedule group, the alarms and the dashboard, and is the dimension `service` of every metric: one of
   * its own for each deployment of an account and region. 1 to 64 of `A-Z a-z 0-9 _ -`.
   * @default - the name of the stack
   */
  readonly deploymentName?: string;
  /**
   * Where alarms go, and their ends.
   * @default - alarms only show their state
   */
  readonly alarmTopic?: ITopic;
}

/** Durable timeouts for stack operations: the whole deployment. */
export class StackTimeouts extends Construct {
  /** What was deployed: the settings with their defaults filled in. */
  readonly settings: Settings;
  readonly deploymentName: string;
  /** The rows: the timeouts themselves. */
  readonly table: Table;
  /** What engines invoke. */
  readonly commandFunction: NodejsFunction;
  readonly functions: Readonly<Record<FunctionName, NodejsFunction>>;
  /** Delayed wake-ups. */
  readonly timerQueue: Queue;
  /** Wake-ups that failed for good. */
  readonly timerDeadLetterQueue: Queue;
  /** Wake-ups that EventBridge Scheduler could not put on the timer queue. */
  readonly scheduleDeadLetterQueue: Queue;
  /** What engines take work from: the events of resource actions that became QUEUED. */
  readonly workQueue: Queue;
  /** Work that no engine could handle. */
  readonly workDeadLetterQueue: Queue;
  /** Work that EventBridge could not put on the work queue. */
  readonly workRuleDeadLetterQueue: Queue;
  /** Records of the stream that arm or effects failed on for good. */
  readonly streamFailureBucket: Bucket;
  readonly scheduleGroup: ScheduleGroup;
  /** Where status changes are published. */
  readonly eventBus: EventBus;
  /** What an engine needs: to invoke the command function, and to take messages from the work queue. */
  readonly enginePolicy: ManagedPolicy;
  readonly alarms: Alarms;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: StackTimeoutsProps = {}) {
    super(scope, id);
    const { deploymentName, alarmTopic } = props;
    this.settings = resolveSettings(props);
    this.deploymentName = checkedName(deploymentName ?? Stack.of(this).stackName);

    this.table = createTimersTable(this, 'Table', this.settings.dev);
    this.streamFailureBucket = createFailureBucket(this, 'StreamFailureBucket', this.settings.dev);
    this.eventBus = new EventBus(this, 'EventBus', {
      description: `Status changes of ${this.deploymentName}`,
    });

    // Schedules that are a year old name the timer queue, the schedules' dead-letter queue and the execution role by
    // ARN: other ids here would be other resources. A test pins them.
    this.timerDeadLetterQueue = createDeadLetterQueue(this, 'TimerDeadLetterQueue');
    this.timerQueue = createTimerQueue(this, 'TimerQueue', {
      deadLetterQueue: this.timerDeadLetterQueue,
      maxReceiveCount: this.settings.timerMaxReceiveCount,
      wakeTimeoutSeconds: this.settings.wakeTimeoutSeconds,
    });
    this.scheduleDeadLetterQueue = createDeadLetterQueue(this, 'ScheduleDeadLetterQueue');
    acknowledge(
      this.scheduleDeadLetterQueue,
      'SQS3',
      'It is a dead-letter queue: that of the schedules, which name it when they are created.',
    );
    // Engines are told the work queue's URL.
    this.workDeadLetterQueue = createDeadLetterQueue(this, 'WorkDeadLetterQueue');
    this.workQueue = createWorkQueue(this, 'WorkQueue', {
      deadLetterQueue: this.workDeadLetterQueue,
      maxReceiveCount: this.settings.workMaxReceiveCount,
      visibilitySeconds: this.settings.workVisibilitySeconds,
    });
    this.workRuleDeadLetterQueue = createDeadLetterQueue(this, 'WorkRuleDeadLetterQueue');
    acknowledge(
      this.workRuleDeadLetterQueue,
      'SQS3',
      "It is a dead-letter queue: that of the rule's target.",
    );
    createWorkRule(this, 'WorkRule', {
      description: `Puts the work of ${this.deploymentName} on the work queue`,
      eventBus: this.eventBus,
      workQueue: this.workQueue,
      deadLetterQueue: this.workRuleDeadLetterQueue,
    });
    const schedules = new Schedules(this, 'Schedules', {
      groupName: this.deploymentName,
      timerQueue: this.timerQueue,
      deadLetterQueue: this.scheduleDeadLetterQueue,
    });
    this.scheduleGroup = schedules.group;

    this.functions = createFunctions(this, {
      deploymentName: this.deploymentName,
      settings: this.settings,
      table: this.table,
      timerQueue: this.timerQueue,
      scheduleDeadLetterQueue: this.scheduleDeadLetterQueue,
      streamFailureBucket: this.streamFailureBucket,
      eventBus: this.eventBus,
      schedules,
    });
    this.commandFunction = this.functions.command;
    this.#triggerWake();
    this.#triggerSweep();
    const streamMappings = this.#triggerByStream();

    this.enginePolicy = new ManagedPolicy(this, 'EnginePolicy', {
      description: `Lets an engine use ${this.deploymentName}`,
      statements: engineCalls(this.commandFunction, this.workQueue),
    });
    const metric = metricsOf(this.deploymentName);
    this.alarms = new Alarms(this, 'Alarms', {
      deploymentName: this.deploymentName,
      metric,
      functions: this.functions,
      streamMappings,
      timerDeadLetterQueue: this.timerDeadLetterQueue,
      scheduleDeadLetterQueue: this.scheduleDeadLetterQueue,
      workQueue: this.workQueue,
      workDeadLetterQueue: this.workDeadLetterQueue,
      workRuleDeadLetterQueue: this.workRuleDeadLetterQueue,
      latenessAlarmSeconds: this.settings.latenessAlarmSeconds,
      ...(alarmTopic && { topic: alarmTopic }),
    });
    this.dashboard = createDashboard(this, 'Dashboard', {
      deploymentName: this.deploymentName,
      metric,
      alarms: this.alarms.all,
      functions: this.functions,
      table: this.table,
      timerQueue: this.timerQueue,
      timerDeadLetterQueue: this.timerDeadLetterQueue,
      scheduleDeadLetterQueue: this.scheduleDeadLetterQueue,
      workQueue: this.workQueue,
      workDeadLetterQueue: this.workDeadLetterQueue,
      workRuleDeadLetterQueue: this.workRuleDeadLetterQueue,
    });
  }

  #triggerWake(): void {
    new EventSourceMapping(this, 'WakeMapping', {
      target: this.functions.wake,
      eventSourceArn: this.timerQueue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      // A mass timeout must leave concurrency to the commands.
      maxConcurrency: this.settings.wakeMaxConcurrency,
    });
  }

  /** By a rule, not by EventBridge Scheduler, so that the sweep runs when the scheduler does not. */
  #triggerSweep(): void {
    const { sweep } = this.functions;
    // The next minute's sweep is the retry: neither EventBridge nor Lambda is to hold on to an old one.
    const once = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
    sweep.configureAsyncInvoke(once);
    new Rule(this, 'SweepRule', {
      description: `Sweeps the overdue timers of ${this.deploymentName}`,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, once)],
    });
  }

  #triggerByStream(): Record<'arm' | 'effects', EventSourceMapping> {
    const common = {
      table: this.table,
      failures: this.streamFailureBucket,
      parallelizationFactor: this.settings.streamParallelizationFactor,
    };
    return {
      arm: mapStream(this, 'ArmMapping', this.functions.arm, {
        ...common,
        ignore: IGNORED_TRANSITIONS.arm,
        // Poison holds up the timers behind it, which the sweep then ends late: it is given up soon.
        retryAttempts: 20,
        maxRecordAge: ALMOST_A_DAY,
      }),
      effects: mapStream(this, 'EffectsMapping', this.functions.effects, {
        ...common,
        ignore: IGNORED_TRANSITIONS.effects,
        // Nothing else publishes a change, so an outage of the bus is waited out; but a record that can never be
        // published must not hold up those behind it for ever.
        retryAttempts: 500,
        maxRecordAge: ALMOST_A_DAY,
      }),
    };
  }
}

function checkedName(name: string): string {
  if (Token.isUnresolved(name)) {
    throw new Error('deploymentName must be given: the name of this stack is known only when it is deployed');
  }
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(name)) {
    throw new Error(`deploymentName must be 1 to 64 of the characters A-Z a-z 0-9 _ -, not ${name}`);
  }
  return name;
}
