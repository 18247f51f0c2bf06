/** The engine in Python, as it is in examples/python, with boto3. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { cdkEnvironment, PROJECT } from '../../../local/environment.ts';
import { eventually } from '../../support/eventually.ts';
import { deployment, output, sqs } from './support/aws.ts';
import { installBoto3 } from './support/boto3.ts';
import { startEngine } from './support/engines.ts';
import { becomes, dispatch, getResource, resourceRow } from './support/resources.ts';
import { client, ended, NEAR_BOUND_MS, start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function startPython(queueUrl: string, engineId: string) {
  const child = spawn(await installBoto3(), [`${PROJECT}examples/python/engine.py`], {
    env: {
      ...(cdkEnvironment(process.env, deployment.outputs.endpoint) as NodeJS.ProcessEnv),
      COMMAND_FUNCTION: output('CommandFunctionName'),
      WORK_QUEUE_URL: queueUrl,
      ENGINE_ID: engineId,
      HEARTBEAT_SECONDS: '1.5',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const says = (text: string) =>
    eventually(async () => expect(lines.join('\n')).toContain(text), { within: 40_000 });
  await says('is ready');
  return { child, says };
}

test('an engine in Python claims, keeps alive, completes and fails; on SIGTERM it releases', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(600);
  const { child, says } = await startPython(queueUrl, 'python');

  // Longer than its heartbeat timeout.
  const long = { resourceType, heartbeatSeconds: 6, input: { seconds: 9 } };
  const server = await dispatch(stack, 'server', long);
  await becomes(server, { status: 'COMPLETE', attempt: 1, engineId: 'python' });
  expect((await getResource(stack.stackId, 'server')).output).toEqual({ doneBy: 'python' });

  const slow = await dispatch(stack, 'slow', { ...long, input: { seconds: 6 } });
  await says('slow is claimed');
  const beats = (await resourceRow(slow)).version;
  await eventually(async () => expect((await resourceRow(slow)).version).toBeGreaterThan(beats));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect((await getResource(stack.stackId, 'slow')).resource).toMatchObject({
    phase: 'QUEUED',
    attempt: 1,
    maxAttempts: 1,
  });

  const other = await startEngine(queueUrl);
  await becomes(slow, { status: 'COMPLETE', attempt: 1, engineId: other.engineId });
});

test('what an engine in Python reports as failed fails the operation', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(600);
  await startPython(queueUrl, 'python-2');
  const input = { seconds: 0, fail: 'quota exceeded' };
  const { stackId, operationId } = stack;
  const server = { stackId, operationId, resource: 'server', action: 'CREATE', resourceType, input } as const;
  await client.dispatchResource({ ...server, startToCloseSeconds: 60 });
  expect(await ended(stackId, 30_000 + NEAR_BOUND_MS)).toMatchObject({
    cause: 'RESOURCE_FAILED',
    statusReason: 'Resource CREATE failed: server: quota exceeded',
  });
});

test('an engine in Python goes on when the operation was extended; nonsense does not end it', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(20);
  const { stackId, operationId } = stack;
  const { says } = await startPython(queueUrl, 'python-3');
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '["detail"]' }));
  await says('a message is left');

  // The claim is told of less time than that. Without a heartbeat timeout.
  await dispatch(stack, 'server', { resourceType, input: { seconds: 22 } });
  await says('server is claimed');
  accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds: 600 }));
  await becomes({ stackId, resource: 'server' }, { status: 'COMPLETE', attempt: 1, engineId: 'python-3' });

  const retry = { maxAttempts: 3 };
  for (const [resource, input] of [
    ['list', [1]],
    ['text', { seconds: '5' }],
  ] as const) {
    const bad = { resourceType, retry, onFailure: 'CONTINUE', input: input as never } as const;
    const failed = await becomes(await dispatch(stack, resource, bad), { status: 'FAILED', attempt: 1 });
    expect(failed.statusReason).toContain('bad input');
  }
});
