/** Engines and the CLI as users that hold one managed policy each, and nothing else. */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { cdkEnvironment, PROJECT } from '../../../local/environment.ts';
import { deployment, output, unique, users } from '../e2e/support/aws.ts';
import { startEngine } from '../e2e/support/engines.ts';
import { becomes, dispatch, MANY_ATTEMPTS } from '../e2e/support/resources.ts';
import { ended, get, start } from '../e2e/support/stacks.ts';

test('an engine takes work of the work queue; another one goes on when it is killed', async () => {
  const resourceType = unique('Test::Type');
  const options = { types: [resourceType] };
  const first = await startEngine(output('WorkQueueUrl'), options);
  const stack = await start(600);
  const server = await dispatch(stack, 'server', {
    resourceType,
    heartbeatSeconds: 15,
    retry: MANY_ATTEMPTS,
    input: { seconds: [600, 2] },
  });
  await first.says({ type: 'began', resource: 'server', attempt: 1 });
  first.send('SIGKILL');
  const second = await startEngine(output('WorkQueueUrl'), options);
  await becomes(server, { status: 'COMPLETE', attempt: 2, engineId: second.engineId });
});

test('the CLI starts, shows, extends, completes and cancels', async () => {
  const stackId = unique('cli');
  const begin = ['start', stackId, '--action', 'CREATE', '--timeout', '10m', '--json'];
  const { stack } = JSON.parse(await cli(...begin));
  expect(await cli('get', stackId)).toContain('CREATE_IN_PROGRESS');
  expect(await cli('list')).toContain(stackId);
  await cli('extend', stackId, stack.operationId, '--timeout', '1h');
  await cli('complete', stackId, stack.operationId);
  expect(await get(stackId)).toMatchObject({ status: 'COMPLETE', version: 3 });
  const next = JSON.parse(await cli(...begin));
  await cli('cancel', stackId, next.stack.operationId);
  expect(await ended(stackId)).toMatchObject({ cause: 'CANCELLED' });
});

/** Runs a command line as the operator. Resolves with what it printed. */
function cli(...args: string[]): Promise<string> {
  const env = {
    ...cdkEnvironment(process.env, deployment.outputs.endpoint),
    AWS_ACCESS_KEY_ID: users?.operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: users?.operator.secretAccessKey,
    STACK_TIMEOUTS_FUNCTION: output('OperatorFunctionName'),
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [`${PROJECT}cli/main.ts`, ...args], { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
