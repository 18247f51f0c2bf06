/** The CLI as a process, finding the deployment by its CloudFormation outputs. */
import { execFile } from 'node:child_process';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { toItem } from '../../lambdas/adapters/stack-item.ts';
import { firstWakeUp } from '../../lambdas/domain/timer.ts';
import { cdkEnvironment, PROJECT, sdkConfig } from '../../local/environment.ts';
import { eventually } from '../support/eventually.ts';
import { inProgress } from '../support/rows.ts';
import { deployment, output, sqs, unique } from './support/aws.ts';
import { observe } from './support/observer.ts';
import { get, start, timer } from './support/stacks.ts';

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
      [`${PROJECT}lambdas/client/cli/main.ts`, ...args],
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

  test('watch ends with the operation: exit code 4, since it timed out', async () => {
    const { stackId } = await start(4);
    const watched = await cli('watch', stackId);
    expect(watched.code).toBe(4);
    expect(watched.stdout).toContain('Timed out');
  });
});

test.each([
  ['a bad duration', ['start', 'web', '--action', 'CREATE', '--timeout', '90'], 2, '90s'],
  ['what the service finds invalid', ['get', 'no spaces please'], 2, 'stackId must be'],
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

  test('a record that effects gave up on is published after all', async () => {
    const { eventsOf } = await observe();
    const stackId = unique('redriven');
    const record = {
      requestContext: {
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${output('EffectsFunctionName')}`,
        condition: 'RetryAttemptsExhausted',
      },
      payload: JSON.stringify({ Records: [{ dynamodb: { NewImage: toItem(inProgress({ stackId })) } }] }),
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
