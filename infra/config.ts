/** The settings of a deployment: what they mean, their defaults and bounds, and how they are read from CDK context. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

export interface Settings {
  /**
   * A timer due within this gets a delayed message instead of a schedule. At most 900, SQS's longest delay.
   * @default 120
   */
  readonly nearHorizonSeconds: number;
  /**
   * How long before it is due a schedule is asked for. EventBridge Scheduler fires up to 60 s after the time asked
   * for; the rest is waited with a delayed message. At least 30 s shorter than the near horizon.
   * @default 75
   */
  readonly leadSeconds: number;
  /**
   * A row overdue by more than this has lost its wake-up: the sweep handles it.
   * @default 30
   */
  readonly graceSeconds: number;
  /**
   * How long an ended operation stays visible.
   * @default 30
   */
  readonly retentionDays: number;
  /**
   * How often a message of the timer queue is received before it goes to the dead-letter queue.
   * @default 10
   */
  readonly timerMaxReceiveCount: number;
  /**
   * How often a message of the work queue is received before it goes to the dead-letter queue. An engine puts back what
   * only others can do, and leaves what it could not claim because the service gave no answer: both may go on for a while
   * with nothing wrong with the message.
   * @default 100
   */
  readonly workMaxReceiveCount: number;
  /**
   * How long a message of the work queue is hidden that an engine has received and not deleted: long enough to claim
   * the work.
   * @default 30
   */
  readonly workVisibilitySeconds: number;
  /**
   * Concurrency kept for the command function, out of the account's pool.
   * @default - none is reserved
   */
  readonly commandReservedConcurrency?: number;
  /**
   * How many wake functions run at once, so that a mass timeout does not starve the commands of concurrency.
   * @default 50
   */
  readonly wakeMaxConcurrency: number;
  /**
   * The wake function's timeout. The timer queue's visibility timeout is six times as long.
   * @default 10
   */
  readonly wakeTimeoutSeconds: number;
  /**
   * How many batches of one shard of the stream are worked on at once. Changes of one row stay in order.
   * @default 2
   */
  readonly streamParallelizationFactor: number;
  /**
   * An alarm tells when the p99 of the lateness of timeouts is above this.
   * @default 5
   */
  readonly latenessAlarmSeconds: number;
  /**
   * How long the functions' logs are kept; one of the periods that CloudWatch Logs offers.
   * @default 30
   */
  readonly logRetentionDays: number;
  /**
   * Whether everything goes when the stack is deleted, the data too. The failure bucket is the exception: CDK could
   * empty it only by a function of its own, so CloudFormation deletes it if it is empty, and else says that it is not.
   * @default false - the table and the failure bucket are kept, the table is protected against deletion
   */
  readonly dev: boolean;
}

const DEFAULTS: Settings = {
  nearHorizonSeconds: 120,
  leadSeconds: 75,
  graceSeconds: 30,
  retentionDays: 30,
  timerMaxReceiveCount: 10,
  workMaxReceiveCount: 100,
  workVisibilitySeconds: 30,
  wakeMaxConcurrency: 50,
  wakeTimeoutSeconds: 10,
  streamParallelizationFactor: 2,
  latenessAlarmSeconds: 5,
  logRetentionDays: 30,
  dev: false,
};

type NumberName = Exclude<keyof Settings, 'dev'>;

/** What AWS allows, or what makes sense. */
const BOUNDS: Record<NumberName, readonly [min: number, max: number]> = {
  nearHorizonSeconds: [1, 900],
  leadSeconds: [1, 870],
  graceSeconds: [1, 3600],
  retentionDays: [1, 3650],
  timerMaxReceiveCount: [1, 1000],
  workMaxReceiveCount: [1, 1000],
  workVisibilitySeconds: [1, 43_200],
  commandReservedConcurrency: [1, 100_000],
  wakeMaxConcurrency: [2, 1000],
  wakeTimeoutSeconds: [1, 900],
  streamParallelizationFactor: [1, 10],
  latenessAlarmSeconds: [1, 3600],
  logRetentionDays: [1, 3653],
};
const NUMBERS = Object.keys(BOUNDS) as NumberName[];

/** What is between the near horizon and the lead, so that a schedule is never asked for in the past. */
const MIN_MARGIN_SECONDS = 30;

const LOG_PERIODS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Fills in the defaults and checks everything; what is wrong is said before anything is deployed. */
export function resolveSettings(given: Partial<Settings>): Settings {
  const settings: Settings = { ...DEFAULTS, ...withoutUndefined(given) };
  for (const name of NUMBERS) {
    const value = settings[name];
    if (value !== undefined) checkNumber(name, value);
  }
  const { nearHorizonSeconds, leadSeconds, logRetentionDays } = settings;
  if (nearHorizonSeconds < leadSeconds + MIN_MARGIN_SECONDS) {
    throw new Error(
      `nearHorizonSeconds must be at least leadSeconds + ${MIN_MARGIN_SECONDS}, so that a schedule is never asked for in the past; ` +
        `${nearHorizonSeconds} is less than ${leadSeconds} + ${MIN_MARGIN_SECONDS}`,
    );
  }
  if (!LOG_PERIODS.includes(logRetentionDays)) {
    throw new Error(`logRetentionDays must be one of ${LOG_PERIODS.join(', ')}, not ${logRetentionDays}`);
  }
  return settings;
}

function checkNumber(name: NumberName, value: number): void {
  const [min, max] = BOUNDS[name];
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}

/** An option that is given as undefined counts as not given. */
function withoutUndefined(given: Partial<Settings>): Partial<Settings> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const STACK_NAME = 'stackName';
const ALARM_TOPIC_ARN = 'alarmTopicArn';

export interface AppSettings extends Partial<Settings> {
  readonly stackName: string;
  /** The SNS topic that alarms, and their ends, go to. */
  readonly alarmTopicArn?: string;
}

/** Reads the app's settings from CDK context (`cdk deploy -c leadSeconds=12`), where every value may be a string. */
export function settingsFromContext(node: Node): AppSettings {
  const context: Record<string, unknown> = node.getAllContext();
  refuseUnknown(Object.keys(context));
  const numbers = NUMBERS.filter((name) => context[name] !== undefined).map(
    (name) => [name, numberOf(name, context[name])] as const,
  );
  return {
    stackName: context[STACK_NAME] === undefined ? 'StackTimeouts' : String(context[STACK_NAME]),
    ...(context[ALARM_TOPIC_ARN] !== undefined && { alarmTopicArn: String(context[ALARM_TOPIC_ARN]) }),
    dev: flagOf('dev', context.dev ?? false),
    ...Object.fromEntries(numbers),
  };
}

/**
 * A mistyped setting would be ignored in silence. The keys of CDK and of its feature flags are not plain words:
 * they have a colon, a slash or a hyphen.
 */
function refuseUnknown(keys: readonly string[]): void {
  const known: readonly string[] = [...NUMBERS, 'dev', STACK_NAME, ALARM_TOPIC_ARN];
  const unknown = keys.filter((key) => /^\w+$/.test(key) && !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`unknown setting ${unknown.join(', ')}; the settings are ${known.toSorted().join(', ')}`);
  }
}

function numberOf(name: NumberName, value: unknown): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') {
    const [min, max] = BOUNDS[name];
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
  }
  return number;
}

function flagOf(name: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new Error(`${name} must be true or false, not ${JSON.stringify(value)}`);
}
