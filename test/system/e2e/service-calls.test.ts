/**
 * Service calls are the cost. The use cases run here in the test's process, over real clients that
 * count, against a table, queue and schedule group like the deployed ones.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createChildStore } from '../../../lambdas/adapters/dynamodb/child-store.ts';
import { createHealthStore } from '../../../lambdas/adapters/dynamodb/health-store.ts';
import { createHistoryStore } from '../../../lambdas/adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../../../lambdas/adapters/dynamodb/stack-store.ts';
import { createTimerIndex } from '../../../lambdas/adapters/dynamodb/timer-index.ts';
import { createSchedules } from '../../../lambdas/adapters/eventbridge/schedules.ts';
import { createTimerQueue } from '../../../lambdas/adapters/sqs/timer-queue.ts';
import { type ArmDependencies, arm } from '../../../lambdas/arm/arm.ts';
import { type CommandDependencies, command } from '../../../lambdas/command/command.ts';
import type { RowChange } from '../../../lambdas/domain/consequences.ts';
import type {
  ResourceActionInProgress,
  ResourceActionRow,
} from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { firstWakeUp, timerOf } from '../../../lambdas/domain/timer.ts';
import {
  applyConsequences,
  type ConsequenceDependencies,
} from '../../../lambdas/effects/apply-consequences.ts';
import { effects } from '../../../lambdas/effects/effects.ts';
import { type Message, type WakeDependencies, wake } from '../../../lambdas/wake/wake.ts';
import { sdkConfig } from '../../../local/environment.ts';
import { ManualClock } from '../../support/clock.ts';
import { RecordingTelemetry } from '../../support/memory-services.ts';
import { createTableLike } from '../../support/table-like.ts';
import { createQueue, deployment, output, unique } from './support/aws.ts';

const calls: string[] = [];
const config = sdkConfig(deployment.outputs);
/**
 * Counts a client's requests at the last step before the wire: an attempt that is made again counts
 * again.
 */
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
let deps: CommandDependencies & ArmDependencies & WakeDependencies & ConsequenceDependencies;

beforeAll(async () => {
  const TableName = unique('calls');
  await createTableLike(dynamodb, output('TableName'), TableName);
  const groupName = unique('calls');
  const scheduler = counted(new SchedulerClient(config));
  await scheduler.send(new CreateScheduleGroupCommand({ Name: groupName }));
  const queue = await createQueue('calls');
  deps = {
    store: createStackStore(dynamodb, TableName),
    resources: createResourceActionStore(dynamodb, TableName),
    children: createChildStore(dynamodb, TableName),
    health: createHealthStore(dynamodb, TableName),
    canary: {
      probe: async () => {
        calls.push('Invoke');
        return true;
      },
    },
    index: createTimerIndex(dynamodb, TableName),
    queue: createTimerQueue(counted(new SQSClient(config)), queue.url),
    schedules: createSchedules(scheduler, {
      groupName,
      queueArn: queue.arn,
      roleArn: 'arn:aws:iam::000000000000:role/calls',
      deadLetterQueueArn: queue.arn,
    }),
    clock,
    sleep: async () => undefined,
    telemetry,
    settings: { nearHorizon: 120_000, lead: 75_000 },
    retention: 86_400_000,
    history: createHistoryStore(dynamodb, TableName),
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

  test('a child stack: its parent is read as well', async () => {
    const parent = await started(600);
    const child = {
      command: 'StartOperation',
      stackId: unique('child'),
      operationId: 'op',
      action: 'CREATE',
      timeoutSeconds: 60,
      parent: { stackId: parent.stackId, operationId: 'op' },
    };
    expect(await callsOf(() => command(deps, child))).toEqual(['GetItem', 'GetItem', 'PutItem']);
  });

  test('GetStack: the row, and a page of its resource actions', async () => {
    const { stackId } = await started(60);
    expect(await callsOf(() => command(deps, { command: 'GetStack', stackId }))).toEqual([
      'GetItem',
      'Query',
    ]);
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

describe('the history', () => {
  const bus = {
    publish: async () => {
      calls.push('publish');
    },
  };

  test('of a batch of changes: one request for each 25, before they are published', async () => {
    const { stackId } = await started(60);
    const row = await deps.store.load(stackId);
    if (row === undefined) throw new Error('no stack');
    const changes = Array.from({ length: 30 }, (_, n) => ({ after: { ...row, version: n + 1 } }));
    calls.length = 0;
    await effects({ ...deps, bus, historyRetention: 60_000 }, changes);
    expect(calls).toEqual(['BatchWriteItem', 'BatchWriteItem', 'publish']);
    calls.length = 0;
    await effects({ ...deps, bus, historyRetention: undefined }, changes);
    expect(calls, 'without a history').toEqual(['publish']);
  });

  test('GetHistory: one query; of a stack without entries, its row too', async () => {
    const { stackId } = await started(60);
    const request = { command: 'GetHistory', stackId };
    expect(await callsOf(() => command(deps, request))).toEqual(['GetItem', 'Query']);
    const row = await deps.store.load(stackId);
    if (row === undefined) throw new Error('no stack');
    await effects({ ...deps, bus, historyRetention: 86_400_000 }, [{ after: row }]);
    expect(await callsOf(() => command(deps, request))).toEqual(['Query']);
    expect(await callsOf(() => command(deps, { ...request, resource: 'vm' }))).toEqual(['GetItem', 'Query']);
  });
});

describe('resource actions', () => {
  const dispatch = { command: 'DispatchResource', action: 'CREATE', startToCloseSeconds: 300 };
  const attempt = { attempt: 1, claimId: 'claim' };
  const claim = { command: 'ClaimResource', ...attempt, engineId: 'engine' };
  const complete = { command: 'CompleteResource', ...attempt, status: 'COMPLETE' };
  const heartbeat = { command: 'Heartbeat', ...attempt };

  /**
   * A function that sends requests about one resource action of a new stack, and gives the calls
   * that they were.
   */
  async function work(...before: object[]): Promise<(request: { command: string }) => Promise<string[]>> {
    const { stackId } = await started(3600);
    const send = (request: object) =>
      command(deps, { stackId, operationId: 'op', resource: 'vm', ...request });
    for (const request of before) await send(request);
    return (request) =>
      callsOf(() =>
        request.command === 'GetResource'
          ? command(deps, { stackId, resource: 'vm', ...request })
          : send(request),
      );
  }

  const READ = 'BatchGetItem';
  test.each([
    ['dispatch without input', [], dispatch, [READ, 'PutItem']],
    ['dispatch with input', [], { ...dispatch, input: 1 }, [READ, 'TransactWriteItems']],
    ['dispatch with a delay', [], { ...dispatch, delaySeconds: 60 }, [READ, 'PutItem']],
    ['the same again', [dispatch], dispatch, [READ]],
    ['claim without input', [dispatch], claim, [READ, 'PutItem']],
    ['claim with input', [{ ...dispatch, input: 1 }], claim, [READ, READ, 'PutItem']],
    ['a claim refused', [dispatch, claim], { ...claim, claimId: 'other' }, [READ]],
    ['a heartbeat', [{ ...dispatch, heartbeatSeconds: 30 }, claim], heartbeat, ['UpdateItem']],
    ['a heartbeat that is not asked for', [dispatch, claim], heartbeat, ['UpdateItem']],
    ['a heartbeat refused', [dispatch, claim], { ...heartbeat, claimId: 'other' }, ['UpdateItem']],
    ['complete without output', [dispatch, claim], complete, ['GetItem', 'PutItem']],
    [
      'complete with output',
      [dispatch, claim],
      { ...complete, output: 1 },
      ['GetItem', 'TransactWriteItems'],
    ],
    ['the same report again', [dispatch, claim, complete], complete, ['GetItem']],
    [
      'a failure reported, with an attempt left',
      [{ ...dispatch, retry: { maxAttempts: 2 } }, claim],
      { ...complete, status: 'FAILED' },
      ['GetItem', 'PutItem'],
    ],
    ['release', [dispatch, claim], { ...heartbeat, command: 'ReleaseResource' }, ['GetItem', 'PutItem']],
    ['cancel', [dispatch, claim], { command: 'CancelResource' }, [READ, 'PutItem']],
    ['cancel again', [dispatch, { command: 'CancelResource' }], { command: 'CancelResource' }, [READ]],
    ['get, without input and output', [dispatch], { command: 'GetResource' }, ['GetItem']],
    ['get, with input', [{ ...dispatch, input: 1 }], { command: 'GetResource' }, [READ, 'GetItem']],
  ])('%s', async (_, before, request, expected) => {
    const send = await work(...before);
    expect(await send(request)).toEqual(expected);
  });

  /** The row of a resource action, and the wake-up of its timer. */
  async function dispatched(fields: object): Promise<{ row: ResourceActionInProgress; message: Message }> {
    const { stackId } = await started(3600);
    const target = { stackId, operationId: 'op', resource: 'vm' };
    await command(deps, { ...dispatch, ...target, ...fields });
    await command(deps, { ...claim, ...target });
    const row = await deps.resources.load(stackId, 'vm');
    if (row?.status !== 'IN_PROGRESS') throw new Error('not in progress');
    return { row, message: { messageId: 'm', body: JSON.stringify(firstWakeUp(timerOf(row))) } };
  }

  test('a wake-up: the row with its stack, and one write', async () => {
    const { message } = await dispatched({});
    clock.advance(60_000);
    expect(await callsOf(() => wake(deps, [message])), 'armed again').toEqual([READ, 'PutItem']);
    expect(await callsOf(() => wake(deps, [message])), 'delivered again').toEqual([READ]);
  });

  test('the life of delayed work: what its delay adds is one wake-up, near or far', async () => {
    const life = async (delaySeconds?: number): Promise<string[]> => {
      const { stackId } = await started(3600);
      const target = { stackId, operationId: 'op', resource: 'vm' };
      const row = async () => {
        const found = await deps.resources.load(stackId, 'vm');
        if (found === undefined) throw new Error('not dispatched');
        return found;
      };
      const seen: string[] = [];
      /** What follows from a request or wake-up, in all functions. */
      const step = async (before: ResourceActionRow | undefined, work: () => Promise<unknown>) => {
        seen.push(...(await callsOf(work)));
        const change = { before, after: await row() };
        seen.push(...(await callsOf(() => arm(deps, [change]))));
        seen.push(...(await callsOf(() => applyConsequences(deps, [change]))));
        return change.after;
      };
      const ask = (request: object) => () => command(deps, { ...target, ...request });
      let now = await step(undefined, ask({ ...dispatch, ...(delaySeconds && { delaySeconds }) }));
      if (delaySeconds !== undefined) {
        if (now.status !== 'IN_PROGRESS') throw new Error('not in progress');
        const messages = [{ messageId: 'm', body: JSON.stringify(firstWakeUp(timerOf(now))) }];
        const { lead, nearHorizon } = deps.settings;
        const early = delaySeconds * 1000 > nearHorizon ? lead : 0;
        clock.advance(delaySeconds * 1000 - early);
        now = await step(now, () => wake(deps, messages));
        clock.advance(early);
        if (early > 0) now = await step(now, () => wake(deps, messages));
      }
      now = await step(now, ask(claim));
      await step(now, ask(complete));
      return seen.sort();
    };
    const without = await life();
    const plus = (...more: string[]) => [...without, ...more].sort();
    const woken = [READ, 'PutItem', 'SendMessageBatch'];
    expect(without).toEqual([
      READ,
      READ,
      'GetItem',
      'GetItem',
      'PutItem',
      'PutItem',
      'PutItem',
      'SendMessageBatch',
    ]);
    expect(await life(60), 'near').toEqual(plus(...woken));
    expect(await life(600), 'far: the schedule is early').toEqual(plus(...woken, 'CreateSchedule', READ));
  });

  test('an engine declared lost: the canary is asked first', async () => {
    const { message } = await dispatched({ heartbeatSeconds: 30 });
    clock.advance(30_000);
    expect(await callsOf(() => wake(deps, [message]))).toEqual([
      READ,
      READ,
      'GetItem',
      'GetItem',
      'Invoke',
      'PutItem',
    ]);
  });

  test('a new one: its operation is read once; a claim has no consequences', async () => {
    const { row } = await dispatched({});
    const first = { ...row, version: 1 };
    expect(await callsOf(() => applyConsequences(deps, [{ after: first }]))).toEqual(['GetItem']);
    expect(await callsOf(() => applyConsequences(deps, [{ before: row, after: row }]))).toEqual([]);
  });

  test('a restored one: what it may have replaced is looked for, too', async () => {
    const { row } = await dispatched({});
    expect(await callsOf(() => applyConsequences(deps, [{ after: row }]))).toEqual(Array(4).fill('GetItem'));
  });

  test('the end of an operation: two queries, and one write for each that is left', async () => {
    const { row } = await dispatched({});
    const before = await deps.store.load(row.stackId);
    if (before === undefined) throw new Error('no stack');
    const after = await afterCommand(before, { command: 'CancelOperation' });
    const end = () => applyConsequences(deps, [{ before, after }]);
    expect(await callsOf(end)).toEqual(['PutItem', 'Query', 'Query']);
    expect(await callsOf(end), 'delivered again').toEqual(['Query', 'Query']);
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
