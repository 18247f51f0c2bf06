import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LocateError } from '../../../cli/locate.ts';
import { nodeEnvironment } from '../../../cli/node-environment.ts';
import { fakeEndpoint, skewedBy } from '../client/fake-endpoint.ts';
import { fakeProxy } from '../client/fake-proxy.ts';

const STACK = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs><member>
  <OutputKey>CommandFunctionName</OutputKey><OutputValue>command</OutputValue>
</member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const LIST = '{"ok":true,"stacks":[]}';

/** Answers as CloudFormation and as the command function of the stack that it describes. */
const deployed = (path: string) => ({ body: path.includes('/functions/command/') ? LIST : STACK });

/** As CloudFormation says that a call has failed. */
const failed = (status: number, code: string, message: string) => () => ({
  status,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

/** As the local cloud writes them. */
function outputsOfLocalCloud(endpoint: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'node-harness-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  vi.stubEnv('LOCAL_CLOUD_DIR', folder);
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ endpoint, CommandFunctionName: 'command' }));
}

test('the region asked for is that of every call', async () => {
  const { calls } = await fakeEndpoint(deployed);
  const client = await nodeEnvironment().services({ stackName: 'Mine', region: 'eu-north-1' }).client();
  expect(await client.listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toMatchObject([
    { service: 'cloudformation', region: 'eu-north-1' },
    { service: 'lambda', region: 'eu-north-1' },
  ]);
});

test('--local calls the endpoint that the local cloud wrote, as nobody in particular', async () => {
  const { url, calls } = await fakeEndpoint(deployed);
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  outputsOfLocalCloud(url);
  const client = await nodeEnvironment().services({ local: true }).client();
  expect(await client.listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toEqual([{ service: 'lambda', region: 'us-east-1', key: 'local' }]);
});

test('every call goes through the proxy of the environment, but those to the local cloud', async () => {
  const proxy = await fakeProxy();
  vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`);
  vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
  const { services } = nodeEnvironment();
  const tunnel = once(proxy.server, 'connect');
  const client = await services({ function: 'command' }).client();
  // It fails at the proxy; the client's retries may go on.
  void client.listStacks().catch(() => undefined);
  const [{ url: lambda }] = await tunnel;
  expect(lambda).toBe('lambda.eu-west-1.amazonaws.com:443');
  await expect(services({ stackName: 'Mine' }).client()).rejects.toThrow();
  expect(proxy.tunnels.map(({ to }) => to)).toContain('cloudformation.eu-west-1.amazonaws.com:443');

  const { url, calls } = await fakeEndpoint(deployed);
  vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
  outputsOfLocalCloud(url);
  await (await services({ local: true }).client()).listStacks();
  expect(calls).toHaveLength(1);
  expect(proxy.requests).toEqual([]);
});

test('a stack that does not exist is told from one that may not be seen', async () => {
  await fakeEndpoint(failed(400, 'ValidationError', 'Stack with id Mine does not exist'));
  await expect(nodeEnvironment().services({ stackName: 'Mine' }).client()).rejects.toThrow(LocateError);
  await fakeEndpoint(failed(403, 'AccessDenied', 'User x is not authorized'));
  await expect(nodeEnvironment().services({ stackName: 'Mine' }).client()).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

test('a machine whose clock is an hour wrong can use the CLI', async () => {
  const { calls } = await fakeEndpoint(skewedBy(-3_600_000, LIST));
  const client = await nodeEnvironment().services({ function: 'command' }).client();
  expect(await client.listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toHaveLength(2);
});
