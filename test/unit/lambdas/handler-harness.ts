/**
 * For tests of handlers: the functions as Lambda calls them, over services on this machine that
 * answer at once.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { toStackItem } from '../../../lambdas/adapters/dynamodb/stack-item.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { running } from '../../support/resource-rows.ts';
import { endedRow, inProgress } from '../../support/rows.ts';

export const CONTEXT = {
  awsRequestId: 'request-1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:f',
} as Context;

interface Call {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/** What the services were called for, and what they answer. */
export const services = {
  calls: [] as Call[],
  /** The answer to each operation; `undefined` is one that no retry would mend. */
  answers: {} as Record<string, object | undefined>,
};
let server: Server;
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
      services.calls.push({ operation, input: JSON.parse(Buffer.concat(chunks).toString() || '{}') });
      const { answers } = services;
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
    HISTORY_RETENTION_SECONDS: '60',
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
  // The handlers read the system's clock: it stands still while a test runs, however slow that is.
  vi.useFakeTimers({ toFake: ['Date'] });
  services.calls = [];
  services.answers = {};
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/**
 * The metrics of the embedded-metric lines written since the test began: one line an invocation.
 */
export const metricLines = () =>
  written
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('CloudWatchMetrics'))
    .map((line) => JSON.parse(line));

export const operations = () => services.calls.map(({ operation }) => operation);

/** A row whose operation times out so many seconds from now. */
export function dueIn(seconds: number, stackId = 'stack-1'): StackRow {
  const now = Date.now();
  const deadline = now + seconds * 1000;
  return inProgress({
    stackId,
    startedAt: now,
    deadline,
    timer: { generation: 1, dueAt: deadline, setAt: now },
  });
}

/**
 * A row of a resource action that was claimed then: 300.5 s for the attempt, a heartbeat each 30 s.
 */
export const runningSince = (at: number) =>
  running({
    attemptDeadline: at + 300_500,
    heartbeat: 30_000,
    heartbeatDeadline: at + 30_000,
    timer: { generation: 1, dueAt: at + 30_000, setAt: at },
  });

/** The item that was put last expires the retention time from now. */
export const expectRetention = () => {
  const put = services.calls.findLast(({ operation }) => operation === 'PutItem')?.input;
  const { expiresAt } = (put as { Item: { expiresAt: { N: string } } }).Item;
  const seconds = Number(expiresAt.N) - Date.now() / 1000;
  // A whole second, never before it.
  expect(Math.floor(seconds)).toBe(Number(process.env.RETENTION_SECONDS));
};

export const streamOf = (...rows: StackRow[]) =>
  ({
    Records: [
      // What the stream may hold besides: a row that was removed.
      { dynamodb: { OldImage: toStackItem(dueIn(60, 'removed')) } },
      ...rows.map((row) => ({ dynamodb: { NewImage: toStackItem(row) } })),
    ],
  }) as DynamoDBStreamEvent;

export const endOfOperation = () =>
  ({
    Records: [
      { dynamodb: { OldImage: toStackItem(dueIn(60)), NewImage: toStackItem(endedRow('completed')) } },
    ],
  }) as DynamoDBStreamEvent;

export const messages = (...bodies: [messageId: string, body: object | string][]) =>
  ({
    Records: bodies.map(([messageId, body]) => ({
      messageId,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  }) as SQSEvent;
