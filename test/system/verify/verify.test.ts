/**
 * `stack-timeouts verify` as a process, on a local cloud of its own: on another one, tests leave
 * dead letters, and no test may switch off what others depend on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../../cli/verify/judge.ts';
import type { StackTimeoutsClient } from '../../../client/index.ts';
import { clientFor } from '../../../local/client.ts';
import { PROJECT, sdkConfig } from '../../../local/environment.ts';
import { eventually } from '../../../local/eventually.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import { localFolder } from '../../support/local-folder.ts';

let dir: string;
let cloud: LocalCloud;
let lambda: LambdaClient;
let client: StackTimeoutsClient;

beforeAll(async () => {
  dir = await localFolder('verify-');
  cloud = await startLocalCloud({ dir, log: (line) => console.log(`verify: ${line}`) });
  lambda = new LambdaClient({ ...sdkConfig(cloud.outputs), maxAttempts: 1 });
  client = clientFor(cloud.outputs);
});
afterAll(async () => {
  await cloud?.stop();
  await rm(dir, { recursive: true, force: true });
});

function startVerify() {
  const args = [`${PROJECT}cli/main.ts`, '--local', 'verify', '--json', '--max-lateness', '1m'];
  const child = spawn(process.execPath, args, { env: { ...process.env, LOCAL_CLOUD_DIR: dir } });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => console.log(`verify: ${String(text).trim()}`));
  return { child, ended: once(child, 'close').then(([code]) => ({ code, stdout })) };
}

async function verified() {
  const { code, stdout } = await startVerify().ended;
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  console.table(findings.map(({ name, result, latenessMs }) => ({ name, result, latenessMs })));
  const failed = findings.filter(({ result }) => result === 'failed');
  return { code, findings, failed };
}

const running = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { stackId } of client.stacks()) found.push(stackId);
  return found;
};

test('Ctrl-C cancels what still runs', async () => {
  const { child, ended } = startVerify();
  await eventually(async () => expect((await running()).length).toBeGreaterThanOrEqual(5));
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 130, stdout: '' });
  await eventually(async () => expect(await running()).toEqual([]));
});

test('everything holds, and nothing is left', async () => {
  const { code, findings, failed } = await verified();
  expect(failed).toEqual([]);
  expect(code).toBe(0);
  expect(findings.filter(({ result }) => result === 'skipped').map(({ name }) => name)).toEqual([
    'concurrency',
  ]);
  expect(await running()).toEqual([]);
});

test('an event source mapping that is off is found, and what does not work without it', async () => {
  const { EventSourceMappings: [mapping] = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: cloud.outputs.EffectsFunctionName }),
  );
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled: false }));
  const { code, failed } = await verified();
  expect(code).toBe(1);
  expect(failed).toMatchObject([
    {
      name: 'nested',
      notes: [expect.stringContaining('the child is IN_PROGRESS'), 'its schedule is still there'],
    },
    { name: 'engine-lost' },
    { name: 'history' },
    { name: 'triggers', notes: ['event source mapping of effects: off'] },
  ]);
  expect(await running()).toEqual([]);
});
