/**
 * The CPU time that wake and effects need: for the first timeout after they were loaded, and for
 * timeouts in whole batches. AWS is a process that answers at once, without TLS. The model of a
 * mass timeout and the memory of wake follow from these figures, with TLS and a slower CPU added. A
 * function has memory / 1769 MB of a CPU.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { renderTable } from '../cli/terminal/table.ts';
import type { VariableName } from '../contract/deployment.ts';
import { METRIC_NAMESPACE } from '../contract/metrics.ts';

const RUNS = 50;
const DUE_AT = Date.now() - 60_000;
const CONTEXT = { awsRequestId: 'bench' } as Context;

const operation = {
  v: 1,
  operationId: 'op-1',
  action: 'CREATE',
  startedAt: DUE_AT - 600_000,
  deadline: DUE_AT,
  endedOperationIds: [],
  generation: 1,
};
const due = {
  ...operation,
  status: 'IN_PROGRESS',
  statusReason: 'Stack CREATE started',
  change: 'START',
  version: 1,
  timerDueAt: DUE_AT,
  timerSetAt: DUE_AT - 600_000,
  timerShard: 'S1',
};
const timedOut = {
  ...operation,
  status: 'FAILED',
  statusReason: 'Timed out',
  cause: 'TIMEOUT',
  change: 'TIMEOUT',
  version: 2,
  endedAt: DUE_AT,
  expiresAt: 4_000_000_000,
};
const keyOf = (n: number) => ({ pk: `STACK#stack-${n}`, sk: 'STACK' });

const ANSWERS: Record<string, (request: { Key?: object; Entries?: object[] }) => object> = {
  GetItem: ({ Key }) => ({ Item: { ...Key, ...marshall(due) } }),
  PutItem: () => ({}),
  BatchWriteItem: () => ({ UnprocessedItems: {} }),
  Query: () => ({ Items: [], Count: 0 }),
  PutEvents: ({ Entries = [] }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) }),
};

/** AWS, in a process of its own: tells its port to its parent, and ends with it. */
function serve(): void {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const answer = ANSWERS[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.writeHead(answer ? 200 : 400).end(JSON.stringify(answer?.(JSON.parse(body)) ?? {}));
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit());
}

const wakeUps = (size: number): SQSEvent =>
  ({
    Records: Array.from({ length: size }, (_, n) => ({
      messageId: `${n}`,
      body: JSON.stringify({
        v: 1,
        stackId: `stack-${n}`,
        operationId: 'op-1',
        generation: 1,
        dueAt: new Date(DUE_AT).toISOString(),
        hops: 0,
      }),
    })),
  }) as SQSEvent;

const changes = (size: number): DynamoDBStreamEvent =>
  ({
    Records: Array.from({ length: size }, (_, n) => ({
      dynamodb: {
        OldImage: marshall({ ...keyOf(n), ...due }),
        NewImage: marshall({ ...keyOf(n), ...timedOut }),
      },
    })),
  }) as DynamoDBStreamEvent;

/** Milliseconds of a CPU. The log lines are not printed. */
async function cpuOf(call: () => Promise<unknown>): Promise<number> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    const before = process.cpuUsage();
    await call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  } finally {
    process.stdout.write = write;
  }
}

async function batches<E>(
  handler: (event: E, context: Context) => Promise<unknown>,
  event: E,
): Promise<number> {
  const run = async () => {
    for (let n = 0; n < RUNS; n++) await handler(event, CONTEXT);
  };
  await cpuOf(run);
  return (await cpuOf(run)) / RUNS;
}

export async function functionCpu(): Promise<void> {
  const aws = fork(fileURLToPath(import.meta.url), ['serve']);
  try {
    const [port] = await once(aws, 'message');
    const environment: Partial<Record<VariableName, string>> = {
      TABLE_NAME: 'table',
      RETENTION_SECONDS: '86400',
      HISTORY_RETENTION_SECONDS: '86400',
      COMMAND_FUNCTION_NAME: 'command',
      TIMER_QUEUE_URL: 'http://127.0.0.1/queue',
      EVENT_BUS_NAME: 'bus',
    };
    Object.assign(process.env, environment, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      POWERTOOLS_SERVICE_NAME: 'bench',
      POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    });
    const { handler: wake } = await import('../lambdas/wake/handler.ts');
    const first = await cpuOf(() => wake(wakeUps(1), CONTEXT));
    const { handler: effects } = await import('../lambdas/effects/handler.ts');
    const rows: [string, number][] = [
      ['wake: the first timeout', first],
      ['wake: a batch of one', await batches(wake, wakeUps(1))],
      ['wake: a batch of 10', await batches(wake, wakeUps(10))],
      ['effects: a batch of 100', await batches(effects, changes(100))],
    ];
    console.log(
      renderTable(
        ['', 'ms of a CPU'],
        rows.map(([what, ms]) => [what, ms.toFixed(1)]),
      ),
    );
  } finally {
    aws.kill();
  }
}

if (process.send && process.argv[2] === 'serve') serve();
