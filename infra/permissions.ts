/**
 * The permissions of each function and of engines: exactly the calls they make. Written by hand,
 * because CDK's grants allow more (`grantReadWriteData` includes Scan, and stream grants include
 * ListStreams on `*`).
 */
import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Effect, type IRole, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { TIMER_INDEX } from '../contract/deployment.ts';
import type { Schedules } from './schedules.ts';

const allow = (actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources });

const indexArn = (table: Table): string => `${table.tableArn}/index/${TIMER_INDEX.name}`;

/** The ARN of a log group ends with `:*`, which covers its streams. Lambda chooses their names. */
export const writeLogs = (logs: LogGroup): PolicyStatement =>
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logs.logGroupArn);

/** A heartbeat updates its row without a read; every other command puts the whole row. */
export const commandCalls = (table: Table): PolicyStatement[] => [
  allow(
    [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    table.tableArn,
  ),
  allow(['dynamodb:Query'], indexArn(table)),
];

export const wakeCalls = (table: Table, timerQueue: Queue, command: IFunction): PolicyStatement[] => [
  ...wakeUpCalls(table, command),
  allow(
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
    timerQueue.queueArn,
  ),
];

/** The lease of the sweep is an item of the table, too. */
export const sweepCalls = (table: Table, command: IFunction): PolicyStatement[] => [
  ...wakeUpCalls(table, command),
  allow(['dynamodb:Query'], indexArn(table)),
];

/** Handling a row. The canary invokes the command function, as heartbeats do. */
const wakeUpCalls = (table: Table, command: IFunction): PolicyStatement[] => [
  allow(
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    table.tableArn,
  ),
  allow(['lambda:InvokeFunction'], command.functionArn),
];

/**
 * Effects ends the resource actions and the child stacks of an operation that has ended. It writes
 * the history in batches.
 */
export const effectsCalls = (
  table: Table,
  failures: Bucket,
  bus: EventBus,
  writesHistory: boolean,
): PolicyStatement[] => [
  ...streamCalls(table, failures),
  allow(
    [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      ...(writesHistory ? ['dynamodb:BatchWriteItem'] : []),
    ],
    table.tableArn,
  ),
  allow(['events:PutEvents'], bus.eventBusArn),
];

export const armCalls = (
  table: Table,
  failures: Bucket,
  timerQueue: Queue,
  schedules: Schedules,
): PolicyStatement[] => [
  ...streamCalls(table, failures),
  allow(['sqs:SendMessage'], timerQueue.queueArn),
  // The function computes the names of schedules, so the resource is a wildcard within the group.
  allow(['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], schedules.scheduleArns),
  new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [schedules.executionRole.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
  }),
];

/**
 * The objects of the failure destination: `aws/lambda/<mapping>/<shard>/<date>/...`
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html). The mapping's id is
 * not known here, because CloudFormation creates the mapping after the role.
 */
export const failureObjects = (failures: Bucket): string => failures.arnForObjects('aws/lambda/*');

/**
 * The calls Lambda makes with the function's role to read the stream and to keep records that
 * failed.
 */
function streamCalls(table: Table, failures: Bucket): PolicyStatement[] {
  // Bucket names are global: once the bucket is deleted, another account could create one of the
  // same name.
  const conditions = { StringEquals: { 's3:ResourceAccount': Aws.ACCOUNT_ID } };
  return [
    allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      table.tableStreamArn as string,
    ),
    new PolicyStatement({ actions: ['s3:PutObject'], resources: [failureObjects(failures)], conditions }),
    new PolicyStatement({ actions: ['s3:ListBucket'], resources: [failures.bucketArn], conditions }),
  ];
}

/**
 * The bus takes events from effects alone. Whoever else may put events by a policy of their own is
 * denied here: an event on the bus is work to engines, and news to observers. `aws:PrincipalArn` is
 * the role, whichever session of it calls; a service that calls without a principal is denied too.
 */
export const eventsOfEffectsAlone = (bus: EventBus, effects: IRole): PolicyStatement =>
  new PolicyStatement({
    sid: 'EffectsAlone',
    effect: Effect.DENY,
    principals: [new StarPrincipal()],
    actions: ['events:PutEvents'],
    resources: [bus.eventBusArn],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': effects.roleArn } },
  });

/** A function or an alias of one. */
type Invocable = Pick<IFunction, 'functionArn'>;

/** An engine invokes the command function as a worker, and takes work from the work queue. */
export const workerCalls = (worker: Invocable, workQueue: Queue): PolicyStatement[] => [
  allow(['lambda:InvokeFunction'], worker.functionArn),
  allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'], workQueue.queueArn),
];

/**
 * An operator may invoke either name. To IAM, a function and its aliases are different resources.
 */
export const operatorCalls = (command: Invocable, operator: Invocable): PolicyStatement[] => [
  allow(['lambda:InvokeFunction'], command.functionArn, operator.functionArn),
];
