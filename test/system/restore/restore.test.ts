/**
 * The table of a deployment is lost and restored, on a local cloud of its own: the restore switches
 * off what every other test depends on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { DeleteScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { nodeEnvironment } from '../../../cli/node-environment.ts';
import { run } from '../../../cli/program.ts';
import type { Item } from '../../../cli/restore/restore.ts';
import { accepted, StackTimeoutsClient } from '../../../client/index.ts';
import { isResourceActionItem, isStackItem } from '../../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem } from '../../../lambdas/adapters/dynamodb/stack-item.ts';
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { scheduleName, timerOf } from '../../../lambdas/domain/timer.ts';
import { PROJECT, sdkConfig } from '../../../local/environment.ts';
import { eventually } from '../../../local/eventually.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import { localFolder } from '../../support/local-folder.ts';

const RESTORED = 'restored';
/** Beyond this, a timer of the local cloud has a schedule. */
const NEAR_HORIZON_MS = 45_000;
/** How late a timeout may be whose wake-up was lost: the sweep ends it. */
const BOUND_MS = 90_000;

let dir: string;
let cloud: LocalCloud;
let dynamodb: DynamoDBClient;
let events: EventBridgeClient;
let lambda: LambdaClient;
let scheduler: SchedulerClient;
let sqs: SQSClient;
let client: StackTimeoutsClient;

beforeAll(async () => {
  dir = await localFolder('restore-');
  cloud = await startLocalCloud({ dir, log: (line) => console.log(`restore: ${line}`) });
  const config = sdkConfig(cloud.outputs);
  dynamodb = new DynamoDBClient(config);
  events = new EventBridgeClient(config);
  lambda = new LambdaClient(config);
  scheduler = new SchedulerClient(config);
  sqs = new SQSClient(config);
  client = new StackTimeoutsClient({
    functionName: output('CommandFunctionName'),
    lambda: new LambdaClient({ ...config, maxAttempts: 1 }),
  });
  vi.stubEnv('LOCAL_CLOUD_DIR', dir);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud?.stop();
  await rm(dir, { recursive: true, force: true });
});

function output(name: string): string {
  const value = cloud.outputs[name];
  if (value === undefined) throw new Error(`the deployment has no output ${name}`);
  return value;
}

async function scan(TableName: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: dynamodb },
    { TableName, ConsistentRead: true },
  )) {
    items.push(...Items);
  }
  return items;
}

const keyOf = ({ pk, sk }: Item) => ({ pk, sk }) as Record<string, NonNullable<Item[string]>>;

type Row = StackRow | ResourceActionRow;

/** The rows of the deployed table. */
const rows = async (): Promise<Row[]> =>
  (await scan(output('TableName'))).flatMap((item): Row[] => {
    if (isStackItem(item)) return [fromStackItem(item)];
    return isResourceActionItem(item) ? [fromResourceActionItem(item)] : [];
  });

const nameOf = (row: Row): string => ('resource' in row ? `${row.stackId} ${row.resource}` : row.stackId);

/** What each row is in. */
const phasesOf = (of: readonly Row[]): Record<string, string> =>
  Object.fromEntries(
    of.map((row) => [
      nameOf(row),
      row.status === 'IN_PROGRESS' ? ('phase' in row ? row.phase : row.status) : `${row.status} ${row.cause}`,
    ]),
  );

const hasSchedule = (row: Row): Promise<boolean> =>
  row.status !== 'IN_PROGRESS'
    ? Promise.resolve(false)
    : scheduler
        .send(
          new GetScheduleCommand({
            GroupName: output('ScheduleGroupName'),
            Name: scheduleName(timerOf(row)),
          }),
        )
        .then(
          () => true,
          () => false,
        );

const isFar = (row: Row): boolean =>
  row.status === 'IN_PROGRESS' && row.timer.dueAt - Date.now() > NEAR_HORIZON_MS + 5000;

const start = async (stackId: string, timeoutSeconds: number, more: object = {}) =>
  accepted(
    await client.startOperation({ stackId, operationId: 'op-1', action: 'CREATE', timeoutSeconds, ...more }),
  ).stack;

async function dispatch(resource: string, startToCloseSeconds: number): Promise<void> {
  const target = { stackId: 'root', operationId: 'op-1', resource };
  accepted(
    await client.dispatchResource({
      ...target,
      action: 'CREATE',
      startToCloseSeconds,
      onFailure: 'CONTINUE',
    }),
  );
}

async function claim(resource: string): Promise<void> {
  const attempt = { stackId: 'root', operationId: 'op-1', resource, attempt: 1 };
  accepted(await client.claimResource({ ...attempt, engineId: 'engine', claimId: `claim-${resource}` }));
}

/** What each trigger of the deployment is in. */
async function states(): Promise<string[]> {
  const found: string[] = [];
  for (const name of ['Arm', 'Effects', 'Wake']) {
    const FunctionName = output(`${name}FunctionName`);
    for await (const page of paginateListEventSourceMappings({ client: lambda }, { FunctionName })) {
      found.push(...(page.EventSourceMappings ?? []).map(({ State }) => `${name} ${State}`));
    }
  }
  const { State } = await events.send(new DescribeRuleCommand({ Name: output('SweepRuleName') }));
  return [...found, `rule ${State}`];
}

/** The command line in this process, where two minutes of waiting take seconds. */
async function cli(...words: string[]) {
  const lines: string[] = [];
  const environment = nodeEnvironment();
  const code = await run(['--local', '--json', ...words], {
    ...environment,
    terminal: {
      ...environment.terminal,
      out: (text) => lines.push(text),
      err: (text) => console.log(`restore: ${text}`),
    },
    sleep: (milliseconds) => sleep(Math.min(milliseconds, 3000)),
  });
  return { code, ...JSON.parse(lines.join('\n') || '{}') };
}

/** The command line as a process that is interrupted as soon as it says this. */
async function interrupted(at: RegExp, ...words: string[]): Promise<number> {
  const child = spawn(process.execPath, [join(PROJECT, 'cli/main.ts'), '--local', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LOCAL_CLOUD_DIR: dir },
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
    if (at.test(said)) child.kill('SIGINT');
  });
  const [code] = await once(child, 'exit');
  return code;
}

async function copyTo(TableName: string): Promise<void> {
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  // In the order of a Scan of AWS: within a partition by sort key, resource actions before their
  // stack.
  const sortKey = ({ pk, sk }: Item) => `${pk?.S} ${sk?.S}`;
  const items = (await scan(output('TableName'))).toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  for (const item of items) await dynamodb.send(new PutItemCommand({ TableName, Item: item }));
}

test('a lost table is restored: nothing that runs is ended, every operation ends by its timeout', async () => {
  // The child is copied before its parent.
  const root = await start('root', 3600);
  await start('a-child', 3600, { parent: { stackId: 'root', operationId: root.operationId } });
  await start('far', 30 * 86_400);
  const near = await start('near', 90);
  for (const n of Array(12).keys()) await dispatch(`running-${n}`, 1800);
  for (const n of Array(12).keys()) await claim(`running-${n}`);
  await dispatch('queued', 1800);
  await dispatch('soon', 75);
  await claim('soon');
  await start('ended', 3600);
  accepted(await client.cancelOperation({ stackId: 'ended', operationId: 'op-1' }));
  await eventually(async () => {
    for (const row of (await rows()).filter(isFar)) expect(await hasSchedule(row), nameOf(row)).toBe(true);
  });
  const before = await rows();

  await copyTo(RESTORED);
  for (const item of await scan(output('TableName'))) {
    if (/^(SWEEP|CANARY)$/.test(item.pk?.S ?? '')) continue;
    await dynamodb.send(new DeleteItemCommand({ TableName: output('TableName'), Key: keyOf(item) }));
  }
  for (const row of before) {
    if (row.status !== 'IN_PROGRESS') continue;
    const Name = scheduleName(timerOf(row));
    const schedule = { GroupName: output('ScheduleGroupName'), Name };
    await scheduler.send(new DeleteScheduleCommand(schedule)).catch(() => undefined);
  }
  expect(await rows()).toEqual([]);

  // Refused: the same table. A look: nothing is changed.
  expect((await cli('restore', '--from-table', output('TableName'), '--yes')).code).toBe(2);
  const look = await cli('restore', '--from-table', RESTORED, '--dry-run');
  expect(look).toMatchObject({ code: 0, kept: 0, copied: look.read - look.skipped });
  expect(look.copied).toBeGreaterThanOrEqual(before.length);
  const on = ['Arm Enabled', 'Effects Enabled', 'Wake Enabled', 'rule ENABLED'];
  expect(await states()).toEqual(on);

  // Interrupted when all is off, and run again.
  expect(await interrupted(/waiting two minutes/, 'restore', '--from-table', RESTORED, '--yes')).toBe(130);
  expect(await states()).toEqual(['Arm Disabled', 'Effects Disabled', 'Wake Disabled', 'rule DISABLED']);
  const report = await cli('restore', '--from-table', RESTORED, '--yes');
  expect(report).toMatchObject({ code: 0, ok: true, copied: look.copied, kept: 0, failed: 0 });
  expect(report.rearmed).toBeGreaterThan(15);
  expect(await states()).toEqual(on);

  // What runs, runs; what is far has a schedule; what is queued is offered.
  const { near: _, 'root soon': __, ...restOf } = phasesOf(before);
  expect(phasesOf(await rows())).toMatchObject(restOf);
  await eventually(
    async () => {
      const far = (await rows()).filter(isFar);
      expect(far.length).toBeGreaterThanOrEqual(15);
      for (const row of far) expect(await hasSchedule(row), nameOf(row)).toBe(true);
    },
    { within: 60_000, every: 1000 },
  );
  await eventually(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: output('WorkQueueUrl'), MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body).detail.resource)).toContain('queued');
  });

  // Near timers fire, none of them early.
  const ended = await eventually(
    async () => {
      const { stack } = accepted(await client.getStack({ stackId: 'near' }));
      expect(stack).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
      return stack;
    },
    { within: 90_000 + BOUND_MS, every: 500 },
  );
  expect(Date.parse(ended.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(near.deadline));
  await eventually(async () => {
    expect(phasesOf(await rows())['root soon']).toBe('FAILED TIMEOUT');
  });
  // Nothing else has ended meanwhile.
  expect(phasesOf(await rows())).toMatchObject(restOf);

  // And the end of the parent reaches what belongs to it.
  accepted(await client.cancelOperation({ stackId: 'root', operationId: 'op-1' }));
  await eventually(
    async () => {
      const after = phasesOf(await rows());
      expect(after).toMatchObject({ 'a-child': 'FAILED CANCELLED', 'root queued': 'FAILED CANCELLED' });
      for (const n of Array(12).keys()) expect(after[`root running-${n}`]).toBe('FAILED CANCELLED');
    },
    { within: 60_000, every: 500 },
  );
});
