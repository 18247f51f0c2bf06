/**
 * Service calls are the cost. The use cases run here in the test's process, over real clients that count, against a
 * table, queue and schedule group like the deployed ones.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createStackStore } from '../../lambdas/adapters/dynamodb-stack-store.ts';
import { createTimerIndex } from '../../lambdas/adapters/dynamodb-timer-index.ts';
import { createSchedules } from '../../lambdas/adapters/eventbridge-schedules.ts';
import { createTimerQueue } from '../../lambdas/adapters/sqs-timer-queue.ts';
import { arm } from '../../lambdas/arm/arm.ts';
import { command } from '../../lambdas/command/command.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import type { StackRow } from '../../lambdas/domain/stack.ts';
import { firstWakeUp, timerOf } from '../../lambdas/domain/timer.ts';
import { wake } from '../../lambdas/wake/wake.ts';
import { sdkConfig } from '../../local/environment.ts';
import { ManualClock } from '../support/clock.ts';
import { RecordingTelemetry } from '../support/memory-services.ts';
import { createTableLike } from '../support/table-like.ts';
import { createQueue, deployment, output, unique } from './support/aws.ts';

const calls: string[] = [];
const config = sdkConfig(deployment.outputs);
/** Counts a client's requests at the last step before the wire: an attempt that is made again counts again. */
function counted<T extends DynamoDBClient | SchedulerClient | SQSClient>(client: T): T {
  (client as DynamoDBClient).middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        calls.push(String(commandName).replace(/Command$/, ''));
        return next(args);
      },
    { step: 'finalizeRequest', priority: 'low', name: 'count' },
  );
  return client;
}

const dynamodb = counted(new DynamoDBClient(config));
const clock = new ManualClock();
const telemetry = new RecordingTelemetry();
let deps: Parameters<typeof command>[0] & Parameters<typeof arm>[0] & Parameters<typeof wake>[0];

beforeAll(async () => {
  const TableName = unique('calls');
  await createTableLike(dynamodb, output('TableName'), TableName);
  const groupName = unique('calls');
  const scheduler = counted(new SchedulerClient(config));
  await scheduler.send(new CreateScheduleGroupCommand({ Name: groupName }));
  const queue = await createQueue('calls');
  deps = {
    store: createStackStore(dynamodb, TableName),
    index: createTimerIndex(dynamodb, TableName),
    queue: createTimerQueue(counted(new SQSClient(config)), queue.url),
    schedules: createSchedules(scheduler, {
      groupName,
      queueArn: queue.arn,
      roleArn: 'arn:aws:iam::000000000000:role/calls',
      deadLetterQueueArn: queue.arn,
    }),
    clock,
    telemetry,
    settings: { nearHorizon: 120_000, lead: 75_000 },
    retention: 86_400_000,
  };
});

beforeEach(() => {
  calls.length = 0;
});

/** What the calls of `work` were. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  calls.length = 0;
  await work();
  return [...calls].sort();
}

async function started(timeoutSeconds: number): Promise<StackRow> {
  const stackId = unique('stack');
  await command(deps, {
    command: 'StartOperation',
    stackId,
    operationId: 'op',
    action: 'CREATE',
    timeoutSeconds,
  });
  const row = await deps.store.load(stackId);
  if (row === undefined) throw new Error('the stack was not started');
  return row;
}

async function afterCommand(row: StackRow, request: object): Promise<StackRow> {
  await command(deps, { stackId: row.stackId, operationId: 'op', ...request });
  const after = await deps.store.load(row.stackId);
  if (after === undefined) throw new Error('the row has gone');
  return after;
}

describe('one read and one write at most', () => {
  test.each([
    ['StartOperation', { action: 'CREATE', timeoutSeconds: 60 }],
    ['CompleteOperation', { status: 'COMPLETE' }],
    ['CancelOperation', {}],
    ['ExtendOperation', { timeoutSeconds: 600 }],
    ['ExtendOperation (shortened)', { timeoutSeconds: 5 }],
  ])('%s', async (name, fields) => {
    const [commandName] = name.split(' ');
    const { stackId } = commandName === 'StartOperation' ? { stackId: unique('stack') } : await started(60);
    const request = { command: commandName, stackId, operationId: 'op', ...fields };
    expect(await callsOf(() => command(deps, request))).toEqual(['GetItem', 'PutItem']);
  });

  test('a repeated or refused request: one read', async () => {
    const { stackId } = await started(60);
    const request = {
      command: 'StartOperation',
      stackId,
      operationId: 'op',
      action: 'CREATE',
      timeoutSeconds: 60,
    };
    expect(await callsOf(() => command(deps, request))).toEqual(['GetItem']);
    expect(await callsOf(() => command(deps, { ...request, operationId: 'op-2' }))).toEqual(['GetItem']);
    expect(await callsOf(() => command(deps, { ...request, timeoutSeconds: 0 }))).toEqual([]);
  });

  test('a fired timeout, in wake', async () => {
    const row = await started(60);
    if (row.status !== 'IN_PROGRESS') throw new Error('not in progress');
    const messages = [{ messageId: 'm', body: JSON.stringify(firstWakeUp(timerOf(row))) }];
    clock.advance(60_000);
    expect(await callsOf(() => wake(deps, messages))).toEqual(['GetItem', 'PutItem']);
    expect(await callsOf(() => wake(deps, messages)), 'delivered again').toEqual(['GetItem']);
  });
});

describe('arming', () => {
  const change = (after: StackRow, before?: StackRow): RowChange => ({ before, after });

  test('a near timer is a part of one SendMessageBatch', async () => {
    const rows = [await started(60), await started(5), await started(120)];
    expect(
      await callsOf(() =>
        arm(
          deps,
          rows.map((row) => change(row)),
        ),
      ),
    ).toEqual(['SendMessageBatch']);
  });

  test('a far timer is one CreateSchedule; its completion one DeleteSchedule', async () => {
    const row = await started(600);
    expect(await callsOf(() => arm(deps, [change(row)]))).toEqual(['CreateSchedule']);
    const done = await afterCommand(row, { command: 'CompleteOperation', status: 'COMPLETE' });
    expect(await callsOf(() => arm(deps, [change(done, row)]))).toEqual(['DeleteSchedule']);
  });

  test('the completion of a near timer costs nothing, nor does an extension', async () => {
    const row = await started(60);
    const extended = await afterCommand(row, { command: 'ExtendOperation', timeoutSeconds: 9000 });
    expect(await callsOf(() => arm(deps, [change(extended, row)]))).toEqual([]);
    const done = await afterCommand(row, { command: 'CompleteOperation', status: 'COMPLETE' });
    expect(await callsOf(() => arm(deps, [change(done, extended)]))).toEqual([]);
  });
});
