/** The engine in examples/python, with boto3. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { eventually } from '../../../local/eventually.ts';
import { sqs } from './support/aws.ts';
import { startEngine } from './support/engines.ts';
import { type ExampleProcess, startExample } from './support/examples.ts';
import { becomes, dispatch, getResource, resourceRow } from './support/resources.ts';
import { BOUND_MS, client, ended, start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

async function startPython(WORK_QUEUE_URL: string, ENGINE_ID: string): Promise<ExampleProcess> {
  const settings = { WORK_QUEUE_URL, ENGINE_ID, HEARTBEAT_SECONDS: '1.5' };
  const engine = await startExample('python3 examples/python/engine.py', settings);
  await engine.prints('is ready');
  return engine;
}

test('an engine in Python claims, sends heartbeats and completes; on SIGTERM it releases', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(600);
  const engine = await startPython(queueUrl, 'python');

  // Longer than its heartbeat timeout.
  const long = { resourceType, heartbeatSeconds: 6, input: { seconds: 9 } };
  const server = await dispatch(stack, 'server', long);
  await becomes(server, { status: 'COMPLETE', attempt: 1, engineId: 'python' });
  expect((await getResource(stack.stackId, 'server')).output).toEqual({ doneBy: 'python' });

  const slow = await dispatch(stack, 'slow', { ...long, input: { seconds: 6 } });
  await engine.prints('slow is claimed');
  const beats = (await resourceRow(slow)).version;
  await eventually(async () => expect((await resourceRow(slow)).version).toBeGreaterThan(beats));
  engine.kill('SIGTERM');
  expect(await engine.ended).toEqual([0, null]);
  expect((await getResource(stack.stackId, 'slow')).resource).toMatchObject({
    phase: 'QUEUED',
    attempt: 1,
    maxAttempts: 1,
  });

  const other = await startEngine(queueUrl);
  await becomes(slow, { status: 'COMPLETE', attempt: 1, engineId: other.engineId });
});

test('a failure that an engine in Python reports fails the operation', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(600);
  await startPython(queueUrl, 'python-2');
  const input = { seconds: 0, fail: 'quota exceeded' };
  const { stackId, operationId } = stack;
  const server = { stackId, operationId, resource: 'server', action: 'CREATE', resourceType, input } as const;
  await client.dispatchResource({ ...server, startToCloseSeconds: 60 });
  expect(await ended(stackId, 30_000 + BOUND_MS)).toMatchObject({
    cause: 'RESOURCE_FAILED',
    statusReason: 'Resource CREATE failed: server: quota exceeded',
  });
});

test('an engine in Python goes on when the operation is extended; nonsense does not stop it', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(20);
  const { stackId, operationId } = stack;
  const engine = await startPython(queueUrl, 'python-3');
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '["detail"]' }));
  await engine.prints('message not handled');

  // The claim gets less time than that. There is no heartbeat timeout.
  await dispatch(stack, 'server', { resourceType, input: { seconds: 22 } });
  await engine.prints('server is claimed');
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
