/**
 * The settings of a deployment, as data: their types, defaults and bounds and their reference page
 * follow from this table. Nothing of CDK is imported here, so that tests and tools read it at no
 * cost.
 */
import { DEFAULT_STACK_NAME } from '../contract/deployment.ts';
import { SECOND } from '../lambdas/domain/time.ts';
import { LEAST_AHEAD, MAX_DELAY_SECONDS } from '../lambdas/domain/timer.ts';

export interface NumberSetting {
  readonly kind: 'number';
  /** Without one, the setting may be left out. */
  readonly default?: number;
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

export interface FlagSetting {
  readonly kind: 'flag';
  readonly default: boolean;
  readonly meaning: string;
}

export interface TextSetting {
  readonly kind: 'text';
  /** Without one, the setting may be left out. */
  readonly default?: string;
  readonly meaning: string;
}

/**
 * The near horizon is at least this much longer than the lead, so that no schedule is created for
 * the past.
 */
export const MIN_MARGIN_SECONDS = LEAST_AHEAD / SECOND;

const MAX_CONCURRENCY = 100_000;

/** None by default: an account that is new has no concurrency to reserve. */
const reserved = (name: string, why: string): string =>
  `Concurrency reserved for the ${name} function, ${why}. Without it, the function shares the account's pool. Lambda leaves 100 unreserved, so a new account, whose quota is lower, cannot reserve any.`;

/**
 * What `StackTimeouts` takes as a prop and `cdk deploy` as context. A name that ends in a unit is
 * in that unit.
 */
export const SETTINGS = {
  nearHorizonSeconds: {
    kind: 'number',
    default: 120,
    min: 1,
    max: MAX_DELAY_SECONDS,
    meaning: `A timer due within this time gets a delayed message; a later one gets a schedule. At least leadSeconds + ${MIN_MARGIN_SECONDS}; at most the longest delay of SQS.`,
  },
  leadSeconds: {
    kind: 'number',
    default: 75,
    min: 1,
    max: MAX_DELAY_SECONDS - MIN_MARGIN_SECONDS,
    meaning:
      'How long before the due time of its timer a schedule is set, at least. EventBridge Scheduler fires up to 60 s late; a delayed message covers the rest.',
  },
  graceSeconds: {
    kind: 'number',
    default: 30,
    min: 1,
    max: 3600,
    meaning: 'The sweep handles a row that is overdue by more than this time, because its wake-up was lost.',
  },
  retentionDays: {
    kind: 'number',
    default: 30,
    min: 1,
    max: 3650,
    meaning: 'How long an ended operation and its resource actions stay visible.',
  },
  history: {
    kind: 'flag',
    default: true,
    meaning:
      'Whether the history of each stack is kept: an entry for each status change, for the command GetHistory. If false, no entries are written; those that exist stay until they expire.',
  },
  historyRetentionDays: {
    kind: 'number',
    min: 1,
    max: 3650,
    meaning:
      'How long an entry of the history is kept, from its status change on. Without it, as long as retentionDays.',
  },
  timerMaxReceiveCount: {
    kind: 'number',
    default: 10,
    min: 1,
    max: 1000,
    meaning:
      'How often a message of the timer queue is received before SQS moves it to the dead-letter queue.',
  },
  workMaxReceiveCount: {
    kind: 'number',
    default: 100,
    min: 1,
    max: 1000,
    meaning:
      'How often a message of the work queue is received before SQS moves it to the dead-letter queue. Engines return messages they have no handler for, and messages they could not claim during an outage, so a good message may be received many times.',
  },
  workVisibilitySeconds: {
    kind: 'number',
    default: 30,
    min: 1,
    max: 43_200,
    meaning:
      'How long a received message of the work queue stays hidden from other engines: long enough to claim the work and delete the message.',
  },
  commandReservedConcurrency: {
    kind: 'number',
    min: 1,
    max: MAX_CONCURRENCY,
    meaning: reserved(
      'command',
      'so that no other function of the account takes the concurrency that heartbeats need',
    ),
  },
  sweepReservedConcurrency: {
    kind: 'number',
    min: 1,
    max: MAX_CONCURRENCY,
    meaning: reserved('sweep', 'so that the backstop runs whatever else does; 1 is enough'),
  },
  armReservedConcurrency: {
    kind: 'number',
    min: 1,
    max: MAX_CONCURRENCY,
    meaning: reserved('arm', 'so that timers get their wake-ups in time; it bounds the function, too'),
  },
  effectsReservedConcurrency: {
    kind: 'number',
    min: 1,
    max: MAX_CONCURRENCY,
    meaning: reserved('effects', 'so that changes are published in time; it bounds the function, too'),
  },
  wakeMaxConcurrency: {
    kind: 'number',
    // By the model of `npm run bench -- mass-timeout`: enough to end a million timers within five
    // minutes of theirs, and few enough to leave write units to the commands, both with
    // warmWriteUnits 6000. Not the default of that: a deployment with a value below what its table
    // has grown to is refused.
    default: 45,
    min: 2,
    max: 1000,
    meaning:
      'How many wake functions run at once. It keeps a mass timeout from taking the concurrency and the write units that commands need. With warmWriteUnits, raise it by as much.',
  },
  wakeTimeoutSeconds: {
    kind: 'number',
    default: 10,
    min: 1,
    max: 100,
    meaning: "The wake function's timeout. The timer queue's visibility timeout is six times as long.",
  },
  warmReadUnits: {
    kind: 'number',
    min: 12_000,
    max: 1_000_000,
    meaning:
      'Read units per second that the table and its index take at once (warm throughput). Without it, a new table takes 12000 and grows with its use. AWS charges for raising it, and does not lower it.',
  },
  warmWriteUnits: {
    kind: 'number',
    min: 4000,
    max: 1_000_000,
    meaning:
      'Write units per second that the table takes at once, and its index twice as many. Without it, a new table and its index take 4000 and grow with their use. AWS charges for raising it, and does not lower it.',
  },
  streamParallelizationFactor: {
    kind: 'number',
    default: 2,
    min: 1,
    max: 10,
    meaning:
      'How many batches of one shard of the stream a function processes at once. The changes of one row stay in order.',
  },
  latenessAlarmSeconds: {
    kind: 'number',
    default: 5,
    min: 1,
    max: 3600,
    meaning: 'The lateness alarm goes off when the p99 of the lateness of timeouts is above this.',
  },
  logRetentionDays: {
    kind: 'number',
    default: 30,
    min: 1,
    max: 3653,
    meaning:
      'How long the logs of the functions are kept. CloudWatch Logs accepts certain values only: 1, 3, 5, 7, 14, 30, 60, 90 …',
  },
  dev: {
    kind: 'flag',
    default: false,
    meaning:
      'Whether deleting the stack deletes the data too. If false, the table and the failure bucket are kept, and the table is protected against deletion. If true, CloudFormation deletes both; it fails to delete a failure bucket that is not empty.',
  },
} as const satisfies Record<string, NumberSetting | FlagSetting>;

/** What only the CDK app takes, as context. */
export const APP_SETTINGS = {
  stackName: {
    kind: 'text',
    default: DEFAULT_STACK_NAME,
    meaning: 'The name of the CloudFormation stack, and of the deployment.',
  },
  alarmTopicArn: {
    kind: 'text',
    meaning:
      'The ARN of the SNS topic that every alarm notifies when it goes off and when it ends. Without it, alarms only show their state.',
  },
  encryptionKeyArn: {
    kind: 'text',
    meaning:
      'The ARN of the KMS key that encrypts the table, the queues, the failure bucket, the log groups and the event bus. Without it, AWS encrypts them with keys of its own.',
  },
} as const satisfies Record<string, TextSetting>;

type Table = typeof SETTINGS;
export type SettingName = keyof Table;
export type NumberName = { [N in SettingName]: Table[N]['kind'] extends 'number' ? N : never }[SettingName];
type DefaultedName = { [N in SettingName]: Table[N] extends { default: unknown } ? N : never }[SettingName];
type ValueOf<N extends SettingName> = N extends NumberName ? number : boolean;

/** The settings with their defaults filled in. */
export interface Settings
  extends Readonly<{ [N in DefaultedName]: ValueOf<N> }>,
    Readonly<{ [N in Exclude<SettingName, DefaultedName>]?: ValueOf<N> }> {}

const defaults = Object.entries(SETTINGS).flatMap(([name, setting]) =>
  'default' in setting ? [[name, setting.default]] : [],
);
export const DEFAULTS: Settings = Object.freeze(Object.fromEntries(defaults));

/** A sweep starts no more rows after this; the rest of its timeout is for the rows under way. */
export const SWEEP_BUDGET_SECONDS = 35;

/**
 * The memory of wake, which is also its share of a CPU: 1769 MB are one. A wake-up waits up to a
 * second in its invocation, so that memory is most of what a near timeout costs; and wake runs cold
 * after a pause, so that CPU is most of its lateness then. A first wake-up takes about 60 ms of a
 * CPU after the bundle is loaded: 0.8 s with 128 MB, 0.4 s with 256 MB, 0.2 s with 512 MB. It comes
 * half a second early on average, so that 256 MB keep P7 even then; 128 MB do not, and the bundle
 * with its connections (about 80 MB, 220 MB with room to collect garbage) leaves them no room.
 */
export const WAKE_MEMORY_MB = 256;
