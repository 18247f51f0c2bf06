/** Every request that the adapters send, at the bounds of the contract, against the services' own models. */
import { globSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, expect, test } from 'vitest';
import { createStackStore } from '../../lambdas/adapters/dynamodb-stack-store.ts';
import { createSweepLease } from '../../lambdas/adapters/dynamodb-sweep-lease.ts';
import { createTimerIndex } from '../../lambdas/adapters/dynamodb-timer-index.ts';
import { createEventBus } from '../../lambdas/adapters/eventbridge-bus.ts';
import { createSchedules } from '../../lambdas/adapters/eventbridge-schedules.ts';
import { createTimerQueue } from '../../lambdas/adapters/sqs-timer-queue.ts';
import { statusChanges } from '../../lambdas/domain/status-changes.ts';
import { firstWakeUp, scheduleName, timerOf } from '../../lambdas/domain/timer.ts';
import { PROJECT, REGION } from '../../local/environment.ts';
import { installEmulator } from '../../local/installation.ts';
import { answerAll } from '../support/answer-all.ts';
import { endedRow, inProgress } from '../support/rows.ts';
import { loadModel, violations } from '../support/service-model.ts';

interface Sent {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}
const sent: Sent[] = [];

/** A client that keeps what it is asked to send, and answers with nothing. */
function recording<T extends DynamoDBClient | EventBridgeClient | SchedulerClient | SQSClient>(
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
    ['dynamodb', 'sqs', 'events', 'scheduler'].map((service) => [
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
  await lease.acquire('holder', 1, 2);
  await lease.release('holder');
  expectValid('dynamodb', ['PutItem', 'GetItem', 'BatchGetItem', 'Query']);
});

test('the timer queue', async () => {
  const queue = createTimerQueue(
    recording('sqs', new SQSClient(settings)),
    'https://sqs.example/timer-queue',
  );
  const wakeUps = rows.map((row) => ({ wakeUp: firstWakeUp(timerOf(row)), delaySeconds: 900 }));
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
  for (const timer of rows.map(timerOf)) {
    await schedules.create({ name: scheduleName(timer), at: timer.dueAt, wakeUp: firstWakeUp(timer) });
    await schedules.delete(scheduleName(timer));
  }
  expectValid('scheduler', ['CreateSchedule', 'DeleteSchedule']);
});

test('the bus', async () => {
  const bus = createEventBus(recording('events', new EventBridgeClient(settings)), 'StackTimeoutsBus');
  const events = rows.flatMap((after) => statusChanges({ after })).map(({ event }) => event);
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
