/** The CLI as a process, finding the deployment by its CloudFormation outputs. */
import { execFile } from 'node:child_process';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { toStackItem } from '../../../lambdas/adapters/dynamodb/stack-item.ts';
import { firstWakeUp } from '../../../lambdas/domain/timer.ts';
import { cdkEnvironment, PROJECT, sdkConfig } from '../../../local/environment.ts';
import { eventually } from '../../../local/eventually.ts';
import { inProgress } from '../../support/rows.ts';
import { deployment, drain, output, sqs, unique } from './support/aws.ts';
import { observe } from './support/observer.ts';
import { dispatch, getResource, resourcesOf } from './support/resources.ts';
import { client, get, start, timer } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

const endpoint = deployment.outputs.endpoint;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a user would. */
function cli(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`${PROJECT}cli/main.ts`, ...args],
      { env: cdkEnvironment(process.env, endpoint) as NodeJS.ProcessEnv },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('an operation from start to end', () => {
  test('start, get, list, extend, complete', async () => {
    const stackId = unique('cli');
    const started = await cli('start', stackId, '--action', 'CREATE', '--timeout', '10m', '--json');
    expect(started.stderr).toBe('');
    const { stack } = JSON.parse(started.stdout);
    expect(stack).toMatchObject({ stackId, action: 'CREATE', status: 'IN_PROGRESS' });

    expect((await cli('get', stackId)).stdout).toContain('CREATE_IN_PROGRESS');
    expect((await cli('list')).stdout).toContain(stackId);
    expect((await cli('extend', stackId, stack.operationId, '--timeout', '1h')).code).toBe(0);
    expect((await cli('complete', stackId, stack.operationId, '--json')).code).toBe(0);
    expect(await get(stackId)).toMatchObject({ status: 'COMPLETE', version: 3 });

    const late = await cli('cancel', stackId, stack.operationId);
    expect(late.code, 'refused').toBe(3);
    expect(late.stderr).toContain('OperationEnded');
  });

  test('get shows its resource actions, resource one of them with input and output', async () => {
    const stack = await start(600);
    const { stackId } = stack;
    const server = await dispatch(stack, 'server', { resourceType: 'Test::Cli', input: { seconds: 3 } });
    await dispatch(stack, 'volume', { scheduleToStartSeconds: 500 });
    const { operationId, resource, attempt } = server;
    const own = { stackId, operationId, resource, attempt, claimId: 'claim-1' };
    accepted(await client.claimResource({ ...own, engineId: 'engine-7' }));

    const shown = await cli('get', stackId);
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/server +CREATE_IN_PROGRESS +RUNNING +\S.* 1\/1 +engine-7/);
    expect(shown.stdout).toMatch(/volume +CREATE_IN_PROGRESS +QUEUED +\S.* 1\/1/);
    const { resources } = JSON.parse((await cli('get', stackId, '--json')).stdout);
    expect(resources).toEqual(await resourcesOf(stackId));

    accepted(await client.completeResource({ ...own, status: 'COMPLETE', output: { id: 42 } }));
    const one = JSON.parse((await cli('resource', stackId, 'server', '--json')).stdout);
    expect(one).toEqual(await getResource(stackId, 'server'));
    expect(one).toMatchObject({ input: { seconds: 3 }, output: { id: 42 } });
    expect((await cli('resource', stackId, 'server')).stdout).toContain('CREATE_COMPLETE');
    const none = await cli('resource', stackId, 'nobody');
    expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('ResourceNotFound') });
  });

  test('watch ends with the operation: exit code 4, since it timed out', async () => {
    const { stackId } = await start(4);
    const watched = await cli('watch', stackId);
    expect(watched.code).toBe(4);
    expect(watched.stdout).toContain('Timed out');
  });
});

test.each([
  ['a bad duration', ['start', 'web', '--action', 'CREATE', '--timeout', '90'], 2, '90s'],
  ['what the CLI finds invalid', ['get', 'no spaces please'], 2, 'It must be 1 to 255 of the characters'],
  [
    'what the service finds invalid',
    [
      'start',
      'web',
      '--action',
      'CREATE',
      '--timeout',
      '90s',
      '--parent-stack',
      'web',
      '--parent-operation',
      'a',
    ],
    2,
    'parent.stackId must be another stack',
  ],
  ['no such stack', ['get', 'nobody'], 3, 'StackNotFound'],
  ['no such deployment', ['--stack-name', 'Elsewhere', 'list'], 1, 'Elsewhere'],
])('%s: exit code and a message that says what is wrong', async (_, args, code, message) => {
  const result = await cli(...args);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(message);
  expect(result.stdout).toBe('');
});

describe('redrive', () => {
  test("EventBridge Scheduler's dead letters wake their stacks after all", async () => {
    const { stackId } = await start(600);
    const { operationId } = await timer(stackId);
    // A wake-up that says nothing new: it will be found early, and wait.
    const wakeUp = { ...firstWakeUp(await timer(stackId)), hops: 7 };
    const dead = { QueueUrl: output('ScheduleDeadLetterQueueUrl'), MessageBody: JSON.stringify(wakeUp) };
    await sqs.send(new SendMessageCommand(dead));

    const dry = JSON.parse((await cli('redrive', '--queue', 'schedules', '--dry-run', '--json')).stdout);
    expect(dry.reports[0].sent).toHaveLength(1);
    const wet = JSON.parse((await cli('redrive', '--queue', 'schedules', '--json')).stdout);
    expect(wet.reports[0].sent).toHaveLength(1);
    const empty = JSON.parse((await cli('redrive', '--queue', 'schedules', '--json')).stdout);
    expect(empty.reports[0].sent).toEqual([]);
    expect(await get(stackId)).toMatchObject({ status: 'IN_PROGRESS', operationId, version: 1 });
  });

  test('work that no engine could handle is offered to them after all', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    await dispatch(stack, 'server', { resourceType });
    const [MessageBody] = await eventually(async () => {
      const bodies = await drain(queueUrl);
      expect(bodies).toHaveLength(1);
      return bodies;
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: output('WorkDeadLetterQueueUrl'), MessageBody }));

    const ofThis = async (...flags: string[]) => {
      const { stdout } = await cli('redrive', '--queue', 'work', '--json', ...flags);
      return JSON.stringify(JSON.parse(stdout).reports[0].sent).split(stack.stackId).length - 1;
    };
    expect(await ofThis('--dry-run')).toBe(1);
    expect(await ofThis()).toBe(1);
    expect(await ofThis('--dry-run')).toBe(0);
  });

  test('a record that effects gave up on is published after all', async () => {
    const { eventsOf } = await observe();
    const stackId = unique('redriven');
    const record = {
      requestContext: {
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${output('EffectsFunctionName')}`,
        condition: 'RetryAttemptsExhausted',
      },
      payload: JSON.stringify({
        Records: [{ dynamodb: { NewImage: toStackItem(inProgress({ stackId })) } }],
      }),
    };
    const s3 = new S3Client({ ...sdkConfig({ endpoint }), forcePathStyle: true });
    const Key = `aws/lambda/mapping/shard/${unique('record')}`;
    const Bucket = output('StreamFailureBucketName');
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(record) }));

    expect((await cli('redrive', '--queue', 'stream')).code).toBe(0);
    const [event] = await eventsOf(stackId, 1);
    expect(event?.detail).toMatchObject({ id: `${stackId}/op-1//1/START`, status: 'IN_PROGRESS' });
    await eventually(async () => {
      const { reports } = JSON.parse(
        (await cli('redrive', '--queue', 'stream', '--dry-run', '--json')).stdout,
      );
      expect(reports[0].sent).toEqual([]);
    });
  });
});
