import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';
import { createFunction, type FunctionName, type FunctionProps } from './function.ts';
import {
  armCalls,
  commandCalls,
  effectsCalls,
  failureObjects,
  sweepCalls,
  wakeCalls,
} from './permissions.ts';
import type { Schedules } from './schedules.ts';
import { type Settings, SWEEP_BUDGET_SECONDS, WAKE_MEMORY_MB } from './settings.ts';

const DAY_SECONDS = 86_400;
const SWEEP_TIMEOUT_SECONDS = 50;

export interface FunctionsProps {
  readonly deploymentName: string;
  readonly settings: Settings;
  readonly table: Table;
  readonly timerQueue: Queue;
  readonly scheduleDeadLetterQueue: Queue;
  readonly streamFailureBucket: Bucket;
  readonly eventBus: EventBus;
  readonly schedules: Schedules;
  readonly encryptionKey: IKey | undefined;
}

/** The five functions, each with its environment and its permissions. */
export function createFunctions(
  scope: Construct,
  {
    deploymentName,
    settings,
    table,
    timerQueue,
    scheduleDeadLetterQueue,
    streamFailureBucket,
    eventBus,
    schedules,
    encryptionKey,
  }: FunctionsProps,
): Record<FunctionName, NodejsFunction> {
  const reservedOf: Partial<Record<FunctionName, number | undefined>> = {
    command: settings.commandReservedConcurrency,
    sweep: settings.sweepReservedConcurrency,
    arm: settings.armReservedConcurrency,
    effects: settings.effectsReservedConcurrency,
  };
  const create = (name: FunctionName, props: FunctionProps) => {
    const reserved = reservedOf[name];
    return createFunction(
      scope,
      name,
      { ...props, ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }) },
      { deploymentName, logRetentionDays: settings.logRetentionDays, encryptionKey },
    );
  };

  // 0: no history.
  const historyDays = settings.history ? (settings.historyRetentionDays ?? settings.retentionDays) : 0;
  const rows = { TABLE_NAME: table.tableName, RETENTION_SECONDS: `${settings.retentionDays * DAY_SECONDS}` };
  const command = create('command', {
    description: 'Answers requests, each with at most one conditional write',
    timeoutSeconds: 10,
    environment: rows,
    calls: commandCalls(table),
  });
  const canary = { COMMAND_FUNCTION_NAME: command.functionName };
  const functions = {
    command,
    arm: create('arm', {
      description: 'Gives each new timer its wake-up',
      timeoutSeconds: 60,
      environment: {
        TIMER_QUEUE_URL: timerQueue.queueUrl,
        TIMER_QUEUE_ARN: timerQueue.queueArn,
        SCHEDULE_GROUP_NAME: schedules.group.scheduleGroupName,
        SCHEDULE_ROLE_ARN: schedules.executionRole.roleArn,
        SCHEDULE_DEAD_LETTER_QUEUE_ARN: scheduleDeadLetterQueue.queueArn,
        NEAR_HORIZON_SECONDS: `${settings.nearHorizonSeconds}`,
        LEAD_SECONDS: `${settings.leadSeconds}`,
      },
      calls: armCalls(table, streamFailureBucket, timerQueue, schedules),
    }),
    effects: create('effects', {
      description: 'Publishes status changes and applies their consequences to other rows',
      // A batch may end operations with hundreds of resource actions each.
      timeoutSeconds: 60,
      environment: {
        ...rows,
        EVENT_BUS_NAME: eventBus.eventBusName,
        HISTORY_RETENTION_SECONDS: `${historyDays * DAY_SECONDS}`,
      },
      calls: effectsCalls(table, streamFailureBucket, eventBus, settings.history),
    }),
    wake: create('wake', {
      description: 'Handles wake-ups: loads the row and times it out if it is due',
      timeoutSeconds: settings.wakeTimeoutSeconds,
      memorySize: WAKE_MEMORY_MB,
      environment: { ...rows, ...canary, TIMER_QUEUE_URL: timerQueue.queueUrl },
      calls: wakeCalls(table, timerQueue, command),
      // An early wake-up goes back to the function's own queue. Lambda would stop that loop after
      // about 16 rounds.
      recursiveLoop: RecursiveLoop.ALLOW,
    }),
    sweep: create('sweep', {
      description: 'Handles overdue rows, whose wake-ups were lost',
      timeoutSeconds: SWEEP_TIMEOUT_SECONDS,
      environment: {
        ...rows,
        ...canary,
        GRACE_SECONDS: `${settings.graceSeconds}`,
        SWEEP_BUDGET_SECONDS: `${SWEEP_BUDGET_SECONDS}`,
      },
      calls: sweepCalls(table, command),
    }),
  };

  for (const { role } of [functions.arm, functions.effects]) {
    acknowledgeWildcard(
      role as Construct,
      failureObjects(streamFailureBucket),
      "Lambda chooses the names of the failure destination's objects.",
    );
  }
  acknowledgeWildcard(
    functions.arm.role as Construct,
    schedules.scheduleArns,
    'The names of schedules are computed at run time; the wildcard covers one schedule group.',
  );
  return functions;
}
