import { expect, test } from 'vitest';
import {
  type DeploymentFlags,
  LocateError,
  locate,
  type Outputs,
  type Sources,
} from '../../../cli/locate.ts';

const OUTPUTS = { CommandFunctionName: 'from-stack', TimerQueueUrl: 'queue' };

function sources(more: {
  env?: Sources['env'];
  stacks?: Record<string, Outputs>;
  files?: Record<string, string>;
}) {
  const described: string[] = [];
  const stacks: Record<string, Outputs> = more.stacks ?? {
    StackTimeouts: OUTPUTS,
    Mine: { CommandFunctionName: 'mine' },
  };
  return {
    described,
    env: more.env ?? {},
    readFile: async (path: string) => more.files?.[path],
    describe: async (stackName: string) => {
      described.push(stackName);
      return stacks[stackName];
    },
  };
}

test.each<[string, DeploymentFlags, Sources['env'], string]>([
  ['the flag', { function: 'by-flag' }, { STACK_TIMEOUTS_FUNCTION: 'by-env' }, 'by-flag'],
  ['the environment', {}, { STACK_TIMEOUTS_FUNCTION: 'by-env', STACK_TIMEOUTS_STACK: 'Mine' }, 'by-env'],
  ['the stack of the environment', {}, { STACK_TIMEOUTS_STACK: 'Mine' }, 'mine'],
  ['the stack by default', {}, { STACK_TIMEOUTS_FUNCTION: '', STACK_TIMEOUTS_STACK: '' }, 'from-stack'],
  ['the stack of the flag', { stackName: 'Mine' }, { STACK_TIMEOUTS_FUNCTION: 'by-env' }, 'mine'],
])('the function is named by %s', async (_, where, env, expected) => {
  const deployment = await locate(where, sources({ env }));
  expect(await deployment.commandFunctionName()).toBe(expected);
});

test('CloudFormation is not asked for what is named', async () => {
  const seen = sources({});
  const deployment = await locate({ function: 'by-flag', region: 'eu-north-1' }, seen);
  await deployment.commandFunctionName();
  expect(seen.described).toEqual([]);
  expect(deployment.aws).toMatchObject({ region: 'eu-north-1' });
});

test.each<[string, DeploymentFlags, Sources['env']]>([
  ['the environment', {}, { STACK_TIMEOUTS_FUNCTION: 'staging' }],
  ['a flag', { function: 'staging' }, {}],
])('a function named by %s does not tell where the queues are', async (_, where, env) => {
  const seen = sources({ env });
  const deployment = await locate(where, seen);
  await expect(deployment.output('TimerQueueUrl')).rejects.toThrow('name its CloudFormation stack');
  expect(seen.described).toEqual([]);
});

test.each<[string, DeploymentFlags, Sources['env']]>([
  ['the environment', {}, { STACK_TIMEOUTS_STACK: 'StackTimeouts' }],
  ['a flag', { stackName: 'StackTimeouts' }, {}],
])('beside it, a stack named by %s does', async (_, where, env) => {
  const deployment = await locate(where, sources({ env: { ...env, STACK_TIMEOUTS_FUNCTION: 'staging' } }));
  expect(await deployment.output('TimerQueueUrl')).toBe('queue');
});

test('CloudFormation is asked once', async () => {
  const seen = sources({});
  const deployment = await locate({ region: 'eu-north-1' }, seen);
  expect(
    await Promise.all([deployment.output('TimerQueueUrl'), deployment.output('CommandFunctionName')]),
  ).toEqual(['queue', 'from-stack']);
  expect(seen.described).toEqual(['StackTimeouts']);
  expect(deployment.aws).toMatchObject({ region: 'eu-north-1' });
});

test.each([
  [{}, '.local/outputs.json'],
  [{ LOCAL_CLOUD_DIR: '/tmp/cloud' }, '/tmp/cloud/outputs.json'],
])('--local reads the file that the local cloud wrote', async (env, path) => {
  const files = { [path]: JSON.stringify({ ...OUTPUTS, endpoint: 'http://127.0.0.1:4566' }) };
  const deployment = await locate({ local: true }, sources({ env, files }));
  expect(await deployment.commandFunctionName()).toBe('from-stack');
  expect(deployment.aws).toMatchObject({ endpoint: 'http://127.0.0.1:4566', region: 'us-east-1' });
  expect(deployment.aws.credentials).toBeDefined();
});

test.each<[string, DeploymentFlags, Parameters<typeof sources>[0], RegExp]>([
  [
    'no such stack',
    { stackName: 'None', region: 'eu-north-1' },
    {},
    /no CloudFormation stack None in eu-north-1/,
  ],
  ['no such output', {}, { stacks: { StackTimeouts: {} } }, /has no output CommandFunctionName/],
  ['no local cloud', { local: true }, {}, /npm run local/],
])('%s: says what to do', async (_, where, more, message) => {
  const name = locate(where, sources(more)).then((deployment) => deployment.commandFunctionName());
  await expect(name).rejects.toThrow(LocateError);
  await expect(name).rejects.toThrow(message);
});

test.each<[string, DeploymentFlags, Sources['env'], string | undefined]>([
  ['the flag', { region: 'a' }, { AWS_REGION: 'b', AWS_DEFAULT_REGION: 'c' }, 'a'],
  ['AWS_REGION, which the SDK reads itself', {}, { AWS_REGION: 'b', AWS_DEFAULT_REGION: 'c' }, undefined],
  ['AWS_DEFAULT_REGION, which it does not', {}, { AWS_DEFAULT_REGION: 'c' }, 'c'],
  ['nothing: the profile', {}, {}, undefined],
])('the region is named by %s', async (_, where, env, region) => {
  expect((await locate(where, sources({ env }))).aws.region).toBe(region);
});
