/**
 * Every request that the adapters send, at the bounds of the contract, against the services' own
 * models.
 */
import { globSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createChildStore } from '../../../lambdas/adapters/dynamodb/child-store.ts';
import { createHealthStore } from '../../../lambdas/adapters/dynamodb/health-store.ts';
import { createHistoryStore } from '../../../lambdas/adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../../../lambdas/adapters/dynamodb/stack-store.ts';
import { createSweepLease } from '../../../lambdas/adapters/dynamodb/sweep-lease.ts';
import { createTimerIndex } from '../../../lambdas/adapters/dynamodb/timer-index.ts';
import { createEventBus } from '../../../lambdas/adapters/eventbridge/event-bus.ts';
import { createSchedules } from '../../../lambdas/adapters/eventbridge/schedules.ts';
import { createCanary } from '../../../lambdas/adapters/lambda/canary.ts';
import { createTimerQueue } from '../../../lambdas/adapters/sqs/timer-queue.ts';
import { historyEntry, positionOf } from '../../../lambdas/domain/history.ts';
import { statusChanges } from '../../../lambdas/domain/status-changes.ts';
import { firstWakeUp, scheduleName, timerOf } from '../../../lambdas/domain/timer.ts';
import { installEmulator } from '../../../local/emulator.ts';
import { PROJECT, REGION } from '../../../local/environment.ts';
import { answerAll } from '../../support/answer-all.ts';
import { endedResource, queued, running } from '../../support/resource-rows.ts';
import { endedRow, inProgress } from '../../support/rows.ts';
import { loadModel, violations } from '../../support/service-model.ts';

interface Sent {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}
const sent: Sent[] = [];

/** A client that keeps what it is asked to send, and answers with nothing. */
function recording<T extends DynamoDBClient | EventBridgeClient | LambdaClient | SchedulerClient | SQSClient>(
  service: string,
  client: T,
): T {
  answerAll(client, (operation, input) => {
    sent.push({ service, operation, input });
    return {};
  });
  return client;
}

let models: Record<string, ReturnType<typeof loadModel>>;
beforeAll(async () => {
  await installEmulator({ logFile: '/dev/null', signal: new AbortController().signal, log: () => {} });
  const [data = ''] = globSync('.local-cloud/*/lib/python3*/site-packages/botocore/data', { cwd: PROJECT });
  models = Object.fromEntries(
    ['dynamodb', 'sqs', 'events', 'scheduler', 'lambda'].map((service) => [
      service,
      loadModel(`${PROJECT}${data}`, service),
    ]),
  );
});

const settings = { region: REGION, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
const dynamodb = recording('dynamodb', new DynamoDBClient(settings));
const arn = (service: string, name: string) => `arn:aws:${service}:${REGION}:123456789012:${name}`;

const rows = [
  inProgress(),
  inProgress({
    stackId: `a:b/c@d.e-${'x'.repeat(245)}`,
    operationId: 'y'.repeat(64),
    metadata: JSON.stringify({ a: 'é'.repeat(2044) }),
    endedOperationIds: Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(64, 'z')),
  }),
];

/** Of what was sent, what each test sent. */
beforeEach(() => {
  sent.length = 0;
});

/** The longest names, the longest texts, every field. */
const longest = {
  stackId: 's'.repeat(255),
  operationId: 'o'.repeat(64),
  resource: `a:b/c@d.e-${'r'.repeat(245)}`,
  resourceType: 't'.repeat(255),
  statusReason: 'é'.repeat(512),
  scheduleToStart: 31_536_000_000,
  heartbeat: 31_536_000_000,
  finalDeadline: Date.parse('2099-12-31T23:59:59.999Z'),
  hasInput: true,
  outputAttempt: 1000,
  attempt: 1000,
  retry: { maxAttempts: 1000, interval: 1000, backoffRate: 1.1, maxDelay: 31_536_000_000, jitter: 'FULL' },
} as const;
const claim = { engineId: 'e'.repeat(255), claimId: 'c'.repeat(64) };
const resourceRows = [
  queued(),
  queued({ ...longest, startDeadline: longest.finalDeadline, cause: 'ENGINE_LOST' }),
  running({ ...longest, ...claim, heartbeatDeadline: longest.finalDeadline }),
  endedResource('lost', { ...longest, ...claim }),
];
const timers = [...rows, ...resourceRows].flatMap((row) =>
  row.status === 'IN_PROGRESS' ? [timerOf(row)] : [],
);
const largest = JSON.stringify('x'.repeat(65_534));

test('the table: resource actions', async () => {
  const resources = createResourceActionStore(dynamodb, 'StackTimeouts-Table-ABC');
  for (const row of resourceRows) {
    const { stackId, operationId, resource, attempt } = row;
    for (const seen of [undefined, row]) {
      await resources.save(row, seen);
      await resources.save(row, seen, { kind: 'input', json: largest });
      await resources.save(row, seen, { kind: 'output', json: largest });
    }
    await resources.load(stackId, resource);
    await resources.loadWithStack(stackId, resource);
    await resources.list({ stackId, operationId }, { limit: 500 });
    await resources.list({ stackId, operationId }, { limit: 1, after: resource });
    await resources.payloads(row);
    await resources.expirePayloads(row, longest.finalDeadline);
    if (row.status !== 'IN_PROGRESS') await resources.expire(row);
    const { claimId } = claim;
    // What it is answered here is no row.
    const request = { command: 'Heartbeat', stackId, operationId, resource, attempt, claimId } as const;
    await resources.heartbeat(request, 1).catch(() => {});
  }
  expectValid('dynamodb', [
    'PutItem',
    'TransactWriteItems',
    'GetItem',
    'BatchGetItem',
    'Query',
    'UpdateItem',
  ]);
});

test('the table: children, and what is known of the canary', async () => {
  const children = createChildStore(dynamodb, 'StackTimeouts-Table-ABC');
  const { stackId, operationId } = longest;
  const child = { parent: { stackId, operationId }, stackId, operationId };
  await children.add(child, 1_800_000_000_000);
  await children.remove(child);
  for await (const _ of children.list(child));
  const health = createHealthStore(dynamodb, 'StackTimeouts-Table-ABC');
  await health.load();
  await health.record({ succeededAt: 1, failedAt: 2 });
  expectValid('dynamodb', ['PutItem', 'DeleteItem', 'Query', 'GetItem', 'UpdateItem']);
});

test('the table: the history', async () => {
  const history = createHistoryStore(dynamodb, 'StackTimeouts-Table-ABC');
  const entries = resourceRows
    .flatMap((row) => statusChanges({ after: row }))
    .map((change) => historyEntry(change, 31_536_000_000));
  for (const { entry, expiresAt } of entries) {
    const { stackId, operationId, resource } = entry;
    await history.add(
      Array.from({ length: 30 }, (_, version) => ({ entry: { ...entry, version }, expiresAt })),
    );
    await history.list({ stackId }, { limit: 1, now: 1 });
    const filter = { stackId, operationId, resource };
    await history.list(filter, { limit: 100, now: 1, after: positionOf(entry) });
  }
  expectValid('dynamodb', ['BatchWriteItem', 'Query']);
});

test('the command function, asked by the canary', async () => {
  const lambda = recording('lambda', new LambdaClient(settings));
  await createCanary(lambda, `StackTimeouts-${'C'.repeat(50)}`).probe();
  expectValid('lambda', ['Invoke']);
});

test('the table', async () => {
  const store = createStackStore(dynamodb, 'StackTimeouts-Table-ABC');
  const index = createTimerIndex(dynamodb, 'StackTimeouts-Table-ABC');
  const lease = createSweepLease(dynamodb, 'StackTimeouts-Table-ABC');
  for (const row of [...rows, endedRow('completed')]) {
    await store.save(row, undefined);
    await store.save(row, row);
    await store.load(row.stackId);
  }
  await store.loadMany(Array.from({ length: 100 }, (_, n) => `stack-${n}`));
  await index.list('S0', { limit: 100 });
  await index.list('S31', { limit: 1, after: { stackId: 'x', dueAt: 1 }, dueBefore: 2 });
  await index.list('R31', { limit: 1, after: { stackId: 'x', resource: 'y', dueAt: 1 }, dueBefore: 2 });
  await index.list('F31', { limit: 101, latestFirst: true, dueFrom: 1, dueBefore: 9 });
  await index.list('C0', { limit: 101, latestFirst: true, dueFrom: 1 });
  await lease.acquire('holder', 1, 2);
  await lease.release('holder', ['stack-1']);
  expectValid('dynamodb', ['PutItem', 'GetItem', 'BatchGetItem', 'Query', 'UpdateItem']);
});

test('the timer queue', async () => {
  const queue = createTimerQueue(
    recording('sqs', new SQSClient(settings)),
    'https://sqs.example/timer-queue',
  );
  const wakeUps = timers.map((timer) => ({ wakeUp: firstWakeUp(timer), delaySeconds: 900 }));
  await queue.send(Array.from({ length: 23 }, () => wakeUps).flat());
  expectValid('sqs', ['SendMessageBatch']);
});

test('the schedules', async () => {
  const schedules = createSchedules(recording('scheduler', new SchedulerClient(settings)), {
    groupName: 'StackTimeouts',
    queueArn: arn('sqs', 'timer-queue'),
    roleArn: 'arn:aws:iam::123456789012:role/execution',
    deadLetterQueueArn: arn('sqs', 'schedule-dead-letters'),
  });
  for (const timer of timers) {
    await schedules.create({ name: scheduleName(timer), at: timer.dueAt, wakeUp: firstWakeUp(timer) });
    await schedules.delete(scheduleName(timer));
  }
  expectValid('scheduler', ['CreateSchedule', 'DeleteSchedule']);
});

test('the bus', async () => {
  const bus = createEventBus(recording('events', new EventBridgeClient(settings)), 'StackTimeoutsBus');
  const changes = [...rows, ...resourceRows].flatMap((row) =>
    'resource' in row ? statusChanges({ after: row }) : statusChanges({ after: row }),
  );
  const events = changes.map(({ event }) => event);
  await bus.publish(Array.from({ length: 12 }, () => events).flat());
  expectValid('events', ['PutEvents']);
});

/** All that was sent to the service is as its model wants it, and these operations were. */
function expectValid(service: string, operations: string[]): void {
  const requests = sent.filter((request) => request.service === service);
  expect([...new Set(requests.map(({ operation }) => operation))].sort()).toEqual(operations.sort());
  const model = models[service];
  if (model === undefined) throw new Error(`no model of ${service}`);
  expect(requests.flatMap(({ operation, input }) => violations(model, operation, input))).toEqual([]);
}

test('what a model does not allow is found', () => {
  const { scheduler } = models;
  if (scheduler === undefined) throw new Error('no model of the scheduler');
  expect(violations(scheduler, 'CreateSchedule', { Name: 'a b', ScheduleExpression: '', Extra: 1 })).toEqual([
    'CreateSchedule.FlexibleTimeWindow is missing',
    'CreateSchedule.Target is missing',
    'CreateSchedule.Name is a b, which does not match ^[0-9a-zA-Z-_.]+$',
    'CreateSchedule.ScheduleExpression is or has 0, less than 1',
    'CreateSchedule.Extra is not known',
  ]);
});
