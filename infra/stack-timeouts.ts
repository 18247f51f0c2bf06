import { Duration } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type IRole, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Alias, EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Caller } from '../contract/deployment.ts';
import { IGNORED_TRANSITIONS } from '../lambdas/domain/stream-filters.ts';
import { acknowledge } from './acknowledge.ts';
import { Alarms } from './alarms.ts';
import { resolveSettings } from './config.ts';
import { createDashboard } from './dashboard.ts';
import { keyCalls, letServicesUse } from './encryption.ts';
import type { FunctionName } from './function.ts';
import { createFunctions } from './functions.ts';
import { metricsOf } from './metrics.ts';
import { checkedName, eventBusName, shortStackName } from './names.ts';
import { eventsOfEffectsAlone, operatorCalls, workerCalls } from './permissions.ts';
import { createDeadLetterQueue } from './queue.ts';
import { createQueueRule } from './queue-rule.ts';
import { Schedules } from './schedules.ts';
import type { Settings } from './settings.ts';
import { createFailureBucket, mapStream } from './stream.ts';
import { TimeoutQueue } from './timeout-queue.ts';
import { createTimerQueue } from './timer-queue.ts';
import { createTimersTable } from './timers-table.ts';
import { createWorkQueue, WORK } from './work-queue.ts';

/**
 * Lambda moves a record older than this to the failure bucket, even if it was never tried: before
 * the stream drops it after 24 hours. Records that fail every time are bounded by `retryAttempts`.
 */
const ALMOST_A_DAY = Duration.hours(23);

export interface StackTimeoutsProps extends Partial<Settings> {
  /**
   * The name of the deployment, unique in the account and region. It names the alarms and the
   * dashboard, and is the dimension `service` of every metric. You can change it: nothing that
   * holds timers has this name. 1 to 64 of the characters `A-Z a-z 0-9 _ -`.
   * @default - the name of the stack
   */
  readonly deploymentName?: string;
  /**
   * The name of the schedule group. Do not change it: CloudFormation would replace the group and
   * delete every schedule in it (`stack-timeouts rearm` creates new ones). 1 to 64 of the
   * characters `A-Z a-z 0-9 _ -`.
   * @default - the name of the stack; if it is longer than 64, its beginning and a hash
   */
  readonly scheduleGroupName?: string;
  /**
   * The name of the event bus. Do not change it: CloudFormation would replace the bus, and the
   * rules of observers would receive nothing from the new one.
   * @default - a name derived from the name of the stack
   */
  readonly eventBusName?: string;
  /**
   * The topic that every alarm notifies when it goes off and when it ends.
   * @default - alarms only show their state
   */
  readonly alarmTopic?: ITopic;
  /**
   * The key that encrypts the table, the queues, the failure bucket, the log groups and the event
   * bus. Its policy is extended for the services that use it; that of an imported key must allow
   * them already (docs/security.md).
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: IKey;
}

/** Durable timeouts for stack operations: a whole deployment. */
export class StackTimeouts extends Construct {
  /** The settings with their defaults filled in. */
  readonly settings: Settings;
  readonly deploymentName: string;
  /** The table of all rows, which are the timeouts. */
  readonly table: Table;
  /** The function that answers commands. Whoever may invoke it is an operator. */
  readonly commandFunction: NodejsFunction;
  readonly functions: Readonly<Record<FunctionName, NodejsFunction>>;
  /** The rule that invokes `sweep` each minute. */
  readonly sweepRule: Rule;
  /** The queue of delayed wake-ups. */
  readonly timerQueue: Queue;
  /** Wake-ups that wake failed on `timerMaxReceiveCount` times. */
  readonly timerDeadLetterQueue: Queue;
  /** Wake-ups that EventBridge Scheduler could not deliver to the timer queue. */
  readonly scheduleDeadLetterQueue: Queue;
  /** The queue that engines take work from: the events of resource actions that became QUEUED. */
  readonly workQueue: Queue;
  /** Work that engines received `workMaxReceiveCount` times without deleting it. */
  readonly workDeadLetterQueue: Queue;
  /** Work that EventBridge could not deliver to the work queue. */
  readonly workRuleDeadLetterQueue: Queue;
  /** Stream records that arm or effects failed on until their retries ran out. */
  readonly streamFailureBucket: Bucket;
  /** The group of the one-shot schedules. */
  readonly scheduleGroup: ScheduleGroup;
  /** The bus that status changes are published to. */
  readonly eventBus: EventBus;
  /** What engines invoke: refuses what is for operators. */
  readonly workerFunction: Alias;
  /** What operators invoke, and engines that start operations: every command. */
  readonly operatorFunction: Alias;
  /** The permissions of an engine: to invoke `workerFunction` and to take work from the queue. */
  readonly workerPolicy: ManagedPolicy;
  /**
   * The permissions of an operator: to invoke the command function, itself or as
   * `operatorFunction`.
   */
  readonly operatorPolicy: ManagedPolicy;
  readonly alarms: Alarms;
  readonly dashboard: Dashboard;
  readonly #encryptionKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: StackTimeoutsProps = {}) {
    super(scope, id);
    const { deploymentName, scheduleGroupName, alarmTopic, encryptionKey } = props;
    this.#encryptionKey = encryptionKey;
    this.settings = resolveSettings(props);
    this.deploymentName = checkedName('deploymentName', deploymentName ?? shortStackName(this));
    const groupName = checkedName('scheduleGroupName', scheduleGroupName ?? shortStackName(this));

    this.table = createTimersTable(this, 'Table', { ...this.settings, encryptionKey });
    this.streamFailureBucket = createFailureBucket(this, 'StreamFailureBucket', {
      dev: this.settings.dev,
      encryptionKey,
    });
    this.eventBus = new EventBus(this, 'EventBus', {
      eventBusName: props.eventBusName ?? eventBusName(() => this.eventBus),
      description: `Status changes of ${this.deploymentName}`,
      ...(encryptionKey && { kmsKey: encryptionKey }),
    });
    if (encryptionKey) letServicesUse(encryptionKey, this);

    // Schedules up to a year old refer to the timer queue, the schedules' dead-letter queue and the
    // execution role by ARN. Another id here would create another resource, so a test pins the ids.
    this.timerDeadLetterQueue = createDeadLetterQueue(this, 'TimerDeadLetterQueue', encryptionKey);
    this.timerQueue = createTimerQueue(this, 'TimerQueue', {
      deadLetterQueue: this.timerDeadLetterQueue,
      encryptionKey,
      maxReceiveCount: this.settings.timerMaxReceiveCount,
      wakeTimeoutSeconds: this.settings.wakeTimeoutSeconds,
    });
    this.scheduleDeadLetterQueue = createDeadLetterQueue(this, 'ScheduleDeadLetterQueue', encryptionKey);
    acknowledge(
      this.scheduleDeadLetterQueue,
      'SQS3',
      'It is a dead-letter queue: each schedule names it when it is created.',
    );
    // Engines are configured with the URL of the work queue, so its id is pinned, too.
    this.workDeadLetterQueue = createDeadLetterQueue(this, 'WorkDeadLetterQueue', encryptionKey);
    this.workQueue = createWorkQueue(this, 'WorkQueue', {
      deadLetterQueue: this.workDeadLetterQueue,
      encryptionKey,
      maxReceiveCount: this.settings.workMaxReceiveCount,
      visibilitySeconds: this.settings.workVisibilitySeconds,
    });
    this.workRuleDeadLetterQueue = createDeadLetterQueue(this, 'WorkRuleDeadLetterQueue', encryptionKey);
    acknowledge(this.workRuleDeadLetterQueue, 'SQS3', "It is the dead-letter queue of the rule's target.");
    createQueueRule(this, 'WorkRule', {
      description: `Sends the work of ${this.deploymentName} to the work queue`,
      eventBus: this.eventBus,
      eventPattern: WORK,
      queue: this.workQueue,
      deadLetterQueue: this.workRuleDeadLetterQueue,
    });
    const schedules = new Schedules(this, 'Schedules', {
      groupName,
      timerQueue: this.timerQueue,
      deadLetterQueue: this.scheduleDeadLetterQueue,
      encryptionKey,
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
      encryptionKey,
    });
    this.commandFunction = this.functions.command;
    this.eventBus.addToResourcePolicy(
      eventsOfEffectsAlone(this.eventBus, this.functions.effects.role as IRole),
    );
    this.#triggerWake();
    this.sweepRule = this.#triggerSweep();
    const streamMappings = this.#triggerByStream();

    this.workerFunction = this.#alias('worker');
    this.operatorFunction = this.#alias('operator');
    this.workerPolicy = new ManagedPolicy(this, 'WorkerPolicy', {
      // Without the deployment's name: another description would be another policy.
      description: 'Lets an engine of stack-timeouts work',
      statements: [...workerCalls(this.workerFunction, this.workQueue), ...keyCalls('worker', encryptionKey)],
    });
    this.operatorPolicy = new ManagedPolicy(this, 'OperatorPolicy', {
      description: 'Lets an operator use stack-timeouts, or an engine that starts operations',
      statements: operatorCalls(this.commandFunction, this.operatorFunction),
    });
    const metric = metricsOf(this.deploymentName);
    this.alarms = new Alarms(this, 'Alarms', {
      deploymentName: this.deploymentName,
      metric,
      functions: this.functions,
      streamMappings,
      timerQueue: this.timerQueue,
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

  /**
   * Creates a queue for an observer: it receives the event of each operation that times out, at
   * least once. Each call creates another queue. Let the observer receive and delete messages with
   * `queue.grantConsumeMessages`.
   */
  addTimeoutQueue(id: string): TimeoutQueue {
    return new TimeoutQueue(this, id, {
      description: `Sends the timeouts of ${this.deploymentName} to ${id}`,
      eventBus: this.eventBus,
      encryptionKey: this.#encryptionKey,
    });
  }

  /**
   * A name of the command function for one kind of caller, who is told apart by it. It runs the
   * same code and settings as the function itself, so it needs no published version.
   */
  #alias(caller: Caller): Alias {
    return new Alias(this, `${caller[0]?.toUpperCase()}${caller.slice(1)}Alias`, {
      aliasName: caller,
      version: this.commandFunction.latestVersion,
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

  /** By an EventBridge rule, so that the sweep runs even when EventBridge Scheduler is down. */
  #triggerSweep(): Rule {
    const { sweep } = this.functions;
    // The next minute's sweep is the retry, so neither EventBridge nor Lambda retries an old event.
    const once = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
    sweep.configureAsyncInvoke(once);
    return new Rule(this, 'SweepRule', {
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
        // A record that fails every time delays the timers behind it, which the sweep then ends
        // late.
        retryAttempts: 20,
        maxRecordAge: ALMOST_A_DAY,
      }),
      effects: mapStream(this, 'EffectsMapping', this.functions.effects, {
        ...common,
        ignore: IGNORED_TRANSITIONS.effects,
        // Nothing else publishes a change, so this function waits for an outage of the bus to end.
        // But a record that can never be published must not block the records behind it for ever.
        retryAttempts: 500,
        maxRecordAge: ALMOST_A_DAY,
      }),
    };
  }
}
