/** The functions as Lambda calls them: how each one is put together, over services on this machine that answer at once. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { toResourceActionItem } from '../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { toStackItem } from '../../../lambdas/adapters/dynamodb/stack-item.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { queued, running } from '../../support/resource-rows.ts';
import { endedRow, inProgress } from '../../support/rows.ts';

const CONTEXT = { awsRequestId: 'request-1' } as Context;

interface Call {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

let server: Server;
let calls: Call[];
/** The answer to each operation; `undefined` is one that no retry would mend. */
let answers: Record<string, object | undefined>;
let written: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      // The Scheduler's operations are paths, the other services' a header.
      const operation =
        String(request.headers['x-amz-target'] ?? '')
          .split('.')
          .at(-1) || `${request.method} ${request.url?.split('?')[0]}`;
      calls.push({ operation, input: JSON.parse(Buffer.concat(chunks).toString() || '{}') });
      const answer = Object.hasOwn(answers, operation) ? answers[operation] : {};
      response.writeHead(answer ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer ?? { __type: 'AccessDeniedException', message: 'no' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    POWERTOOLS_SERVICE_NAME: 'Test',
    POWERTOOLS_METRICS_NAMESPACE: 'Test',
    // The log lines have a test of their own; here they would only fill the screen.
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    TABLE_NAME: 'table',
    TIMER_QUEUE_URL: `http://127.0.0.1:${port}/timer-queue`,
    COMMAND_FUNCTION_NAME: 'command',
    EVENT_BUS_NAME: 'bus',
    SCHEDULE_GROUP_NAME: 'group',
    TIMER_QUEUE_ARN: 'arn:aws:sqs:eu-west-1:123456789012:timer-queue',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/execution',
    SCHEDULE_DEAD_LETTER_QUEUE_ARN: 'arn:aws:sqs:eu-west-1:123456789012:dead',
    NEAR_HORIZON_SECONDS: '120',
    LEAD_SECONDS: '75',
    RETENTION_SECONDS: '60',
    GRACE_SECONDS: '30',
    SWEEP_BUDGET_SECONDS: '35',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  calls = [];
  answers = {};
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The metrics of the embedded-metric lines written since the test began: one line an invocation. */
const metricLines = () =>
  written
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('CloudWatchMetrics'))
    .map((line) => JSON.parse(line));

const operations = () => calls.map(({ operation }) => operation);

/** A row whose operation times out so many seconds from now: the handlers look at the real clock. */
function dueIn(seconds: number, stackId = 'stack-1'): StackRow {
  const now = Date.now();
  const deadline = now + seconds * 1000;
  return inProgress({
    stackId,
    startedAt: now,
    deadline,
    timer: { generation: 1, dueAt: deadline, setAt: now },
  });
}

/** A row of a resource action that was claimed then: 300.5 s for the attempt, a heartbeat each 30 s. */
const runningSince = (at: number) =>
  running({
    attemptDeadline: at + 300_500,
    heartbeat: 30_000,
    heartbeatDeadline: at + 30_000,
    timer: { generation: 1, dueAt: at + 30_000, setAt: at },
  });

/** The item that was put last expires the retention time from now. */
const expectRetention = () => {
  const put = calls.findLast(({ operation }) => operation === 'PutItem')?.input;
  const { expiresAt } = (put as { Item: { expiresAt: { N: string } } }).Item;
  const seconds = Number(expiresAt.N) - Date.now() / 1000;
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThan(70);
};

const streamOf = (...rows: StackRow[]) =>
  ({
    Records: [
      // What the stream may hold besides: a row that was removed.
      { dynamodb: { OldImage: toStackItem(dueIn(60, 'removed')) } },
      ...rows.map((row) => ({ dynamodb: { NewImage: toStackItem(row) } })),
    ],
  }) as DynamoDBStreamEvent;

const endOfOperation = () =>
  ({
    Records: [
      { dynamodb: { OldImage: toStackItem(dueIn(60)), NewImage: toStackItem(endedRow('completed')) } },
    ],
  }) as DynamoDBStreamEvent;

const messages = (...bodies: [messageId: string, body: object | string][]) =>
  ({
    Records: bodies.map(([messageId, body]) => ({
      messageId,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  }) as SQSEvent;

const wakeUp = {
  v: 1,
  stackId: 'stack-1',
  operationId: 'op-1',
  generation: 1,
  dueAt: '2026-01-31T12:01:00.000Z',
  hops: 0,
};

test('command: refuses a malformed request as an answer, and counts it', async () => {
  const { handler } = await import('../../../lambdas/command/handler.ts');
  expect(await handler({ command: 'GetStack' }, CONTEXT)).toMatchObject({
    ok: false,
    error: { code: 'ValidationError' },
  });
  expect(calls).toEqual([]);
  expect(metricLines()).toMatchObject([{ RefusedValidationError: 1 }]);
});

test('command: answers from the table', async () => {
  const { handler } = await import('../../../lambdas/command/handler.ts');
  answers.GetItem = { Item: toStackItem(dueIn(60)) };
  expect(await handler({ command: 'GetStack', stackId: 'stack-1' }, CONTEXT)).toMatchObject({
    ok: true,
    stack: { stackId: 'stack-1', status: 'IN_PROGRESS' },
  });
  expect(calls).toMatchObject([
    { operation: 'GetItem', input: { TableName: 'table' } },
    { operation: 'Query', input: { TableName: 'table' } },
  ]);
});

test('command: trouble of the infrastructure is thrown', async () => {
  const { handler } = await import('../../../lambdas/command/handler.ts');
  answers.GetItem = undefined;
  await expect(handler({ command: 'GetStack', stackId: 'stack-1' }, CONTEXT)).rejects.toThrow('no');
});

test('command: what it ends stays for the retention time', async () => {
  const { handler } = await import('../../../lambdas/command/handler.ts');
  answers.GetItem = { Item: toStackItem(dueIn(60)) };
  const request = {
    command: 'CompleteOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    status: 'COMPLETE',
  };
  expect(await handler(request, CONTEXT)).toMatchObject({ ok: true });
  expectRetention();
});

test('command: a heartbeat is one write', async () => {
  const { handler } = await import('../../../lambdas/command/handler.ts');
  answers.UpdateItem = { Attributes: toResourceActionItem(runningSince(Date.now())) };
  const claim = {
    stackId: 'stack-1',
    operationId: 'op-1',
    resource: 'server',
    attempt: 1,
    claimId: 'claim-1',
  };
  expect(await handler({ command: 'Heartbeat', ...claim }, CONTEXT)).toEqual({
    ok: true,
    remainingSeconds: 300,
  });
  expect(calls).toMatchObject([{ operation: 'UpdateItem', input: { TableName: 'table' } }]);
});

test('command: a canary writes what a heartbeat would, and nothing else', async () => {
  const { handler } = await import('../../../lambdas/command/handler.ts');
  expect(await handler({ canary: true }, CONTEXT)).toEqual({ ok: true });
  // P12: not what it is not asked for.
  expect(await handler({ canary: true, command: 'GetStack', stackId: 'a' }, CONTEXT)).toMatchObject({
    ok: false,
  });
  expect(calls).toMatchObject([
    { operation: 'GetItem', input: { TableName: 'table', Key: { pk: { S: 'CANARY' } } } },
    { operation: 'UpdateItem', input: { TableName: 'table', Key: { pk: { S: 'CANARY' } } } },
  ]);
});

test('wake: gives back what is not done, by message, and counts what is', async () => {
  const { handler } = await import('../../../lambdas/wake/handler.ts');
  expect(await handler(messages(['m-1', 'no JSON'], ['m-2', wakeUp]), CONTEXT)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm-1' }],
  });
  expect(metricLines()).toMatchObject([{ WakeUpsStale: 1, Hops: 0 }]);
});

test('wake: an early wake-up goes back to the timer queue', async () => {
  const { handler } = await import('../../../lambdas/wake/handler.ts');
  answers.GetItem = { Item: toStackItem(dueIn(60)) };
  expect(await handler(messages(['m-1', wakeUp]), CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(operations()).toEqual(['GetItem', 'SendMessageBatch']);
  expect(calls[1]?.input).toMatchObject({ QueueUrl: process.env.TIMER_QUEUE_URL });
});

test('wake: what it ends stays for the retention time', async () => {
  const { handler } = await import('../../../lambdas/wake/handler.ts');
  answers.GetItem = { Item: toStackItem(dueIn(-1)) };
  expect(await handler(messages(['m-1', wakeUp]), CONTEXT)).toEqual({ batchItemFailures: [] });
  expectRetention();
});

test('wake: before an engine is declared lost, the command function is asked whether it can write', async () => {
  const { handler } = await import('../../../lambdas/wake/handler.ts');
  const row = runningSince(Date.now() - 60_000);
  answers.BatchGetItem = { Responses: { table: [toStackItem(dueIn(600)), toResourceActionItem(row)] } };
  const { generation } = row.timer;
  expect(await handler(messages(['m-1', { ...wakeUp, resource: 'server', generation }]), CONTEXT)).toEqual({
    batchItemFailures: [],
  });
  expect(operations()).toEqual([
    'BatchGetItem',
    'GetItem',
    'POST /2015-03-31/functions/command/invocations',
    'GetItem',
    'BatchGetItem',
    'PutItem',
  ]);
  expect(calls[2]?.input).toEqual({ canary: true });
  expect(calls[5]?.input).toMatchObject({ Item: { change: { S: 'ENGINE_LOST' } } });
});

test('arm: a near timer goes to the queue, a far one to the schedules', async () => {
  const { handler } = await import('../../../lambdas/arm/handler.ts');
  await handler(streamOf(dueIn(60, 'near'), dueIn(600, 'far')), CONTEXT);
  expect(operations().sort()).toEqual([
    expect.stringMatching(/^POST \/schedules\/[0-9a-f]{64}$/),
    'SendMessageBatch',
  ]);
  expect(metricLines()).toMatchObject([{ TimersArmedNear: 1, TimersArmedSchedule: 1 }]);
});

test('arm: throws so that the stream delivers again, and what it did is counted nevertheless', async () => {
  const { handler } = await import('../../../lambdas/arm/handler.ts');
  answers.SendMessageBatch = undefined;
  await expect(handler(streamOf(dueIn(60, 'near'), dueIn(600, 'far')), CONTEXT)).rejects.toThrow(
    '1 timers could not be armed or disarmed',
  );
  expect(metricLines()).toMatchObject([{ TimersArmedSchedule: 1 }]);
});

test('arm: has nothing to do for a row that was removed', async () => {
  const { handler } = await import('../../../lambdas/arm/handler.ts');
  await handler(streamOf(), CONTEXT);
  expect(calls).toEqual([]);
  expect(metricLines()).toEqual([]);
});

test('effects: publishes to the bus', async () => {
  const { handler } = await import('../../../lambdas/effects/handler.ts');
  answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  await handler(streamOf(dueIn(60)), CONTEXT);
  expect(calls).toMatchObject([{ operation: 'PutEvents', input: { Entries: [{ EventBusName: 'bus' }] } }]);
});

test('effects: what belongs to an ended operation is looked for in the table', async () => {
  const { handler } = await import('../../../lambdas/effects/handler.ts');
  answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  await handler(endOfOperation(), CONTEXT);
  expect(operations().sort()).toEqual(['PutEvents', 'Query', 'Query']);
});

test('effects: what it ended is counted', async () => {
  const { handler } = await import('../../../lambdas/effects/handler.ts');
  answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  // Both for its resource actions and for its children.
  answers.Query = { Items: [toResourceActionItem(queued())] };
  await handler(endOfOperation(), CONTEXT);
  expect(operations()).toContain('PutItem');
  expect(metricLines()).toMatchObject([{ Cascaded: 2 }]);
  expectRetention();
});

test('effects: throws so that the stream delivers again, and what it did is counted nevertheless', async () => {
  const { handler } = await import('../../../lambdas/effects/handler.ts');
  answers.PutEvents = undefined;
  answers.Query = { Items: [toResourceActionItem(queued())] };
  await expect(handler(endOfOperation(), CONTEXT)).rejects.toThrow('no');
  expect(metricLines()).toMatchObject([{ Cascaded: 2 }]);
});

test('effects: a resource action is published as one, and its operation looked at', async () => {
  const { handler } = await import('../../../lambdas/effects/handler.ts');
  answers.PutEvents = { FailedEntryCount: 0, Entries: [] };
  answers.GetItem = { Item: toStackItem(dueIn(60)) };
  await handler(
    {
      Records: [{ dynamodb: { NewImage: toResourceActionItem(queued()) } }],
    } as DynamoDBStreamEvent,
    CONTEXT,
  );
  expect(operations().sort()).toEqual(['GetItem', 'PutEvents']);
  expect(calls.find(({ operation }) => operation === 'PutEvents')?.input).toMatchObject({
    Entries: [{ EventBusName: 'bus', DetailType: 'Resource Action Status Change' }],
  });
});

test('sweep: asks the canary, takes the lease under the name of its invocation, looks at each shard, gives it back', async () => {
  const { handler } = await import('../../../lambdas/sweep/handler.ts');
  answers.Query = { Items: [], Count: 0 };
  await handler({}, CONTEXT);
  expect(operations()).toEqual([
    'POST /2015-03-31/functions/command/invocations',
    'UpdateItem',
    ...Array.from({ length: 64 }, () => 'Query'),
    'UpdateItem',
  ]);
  expect(calls[0]?.input).toEqual({ canary: true });
  expect(calls[1]?.input).toMatchObject({
    TableName: 'table',
    ExpressionAttributeValues: { ':holder': { S: 'request-1' } },
  });
  expect(metricLines()).toMatchObject([{ SweepCompleted: 1, SweepOverdue: 0, Swept: 0 }]);
});

test('sweep: asks its index for what is overdue by more than the grace', async () => {
  const { handler } = await import('../../../lambdas/sweep/handler.ts');
  answers.Query = { Items: [], Count: 0 };
  const startedAt = Date.now();
  await handler({}, CONTEXT);
  const query = calls.find(({ operation }) => operation === 'Query')?.input;
  expect(query).toMatchObject({ IndexName: 'timers' });
  const { ExpressionAttributeValues } = query as {
    ExpressionAttributeValues: { ':dueBefore': { N: string } };
  };
  const overdueBy = startedAt - Number(ExpressionAttributeValues[':dueBefore'].N);
  expect(overdueBy).toBeGreaterThan(20_000);
  expect(overdueBy).toBeLessThanOrEqual(30_000);
});

test('sweep: what it ends stays for the retention time', async () => {
  const { handler } = await import('../../../lambdas/sweep/handler.ts');
  const row = toStackItem(dueIn(-60));
  const { pk, sk, timerShard, timerDueAt } = row;
  answers.Query = { Items: [{ pk, sk, timerShard, timerDueAt }], Count: 1 };
  answers.GetItem = { Item: row };
  answers.BatchGetItem = { Responses: { table: [row] } };
  await handler({}, CONTEXT);
  calls = calls.filter(({ input }) => JSON.stringify(input).includes('TIMEOUT'));
  expectRetention();
});

test('sweep: fails if a row could not be looked at, and what it did is counted nevertheless', async () => {
  const { handler } = await import('../../../lambdas/sweep/handler.ts');
  const { pk, sk, timerShard, timerDueAt } = toStackItem(dueIn(-60));
  answers.Query = { Items: [{ pk, sk, timerShard, timerDueAt }], Count: 1 };
  answers.GetItem = undefined;
  answers.BatchGetItem = undefined;
  await expect(handler({}, CONTEXT)).rejects.toThrow('overdue rows failed');
  expect(metricLines()).toMatchObject([{ SweepCompleted: 1, Swept: 0 }]);
});

test('sweep: fails if it could not look, and is not counted as completed', async () => {
  const { handler } = await import('../../../lambdas/sweep/handler.ts');
  answers.Query = undefined;
  await expect(handler({}, CONTEXT)).rejects.toThrow('64 shards');
  expect(JSON.stringify(metricLines())).not.toContain('SweepCompleted');
});
