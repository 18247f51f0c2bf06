/** The client connects through the proxy that the environment names. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import { proxyFromEnvironment, StackTimeoutsClient, sqsWorkQueue } from '../../../client/index.ts';
import { fakeEndpoint } from './fake-endpoint.ts';
import { fakeProxy } from './fake-proxy.ts';

const LIST = '{"ok":true,"stacks":[]}';
const TLS_HANDSHAKE = 22;
const client = () => new StackTimeoutsClient({ functionName: 'command', attempts: 1 });

test.each(['HTTPS_PROXY', 'https_proxy'])('%s: through a tunnel', async (name) => {
  const proxy = await fakeProxy();
  vi.stubEnv(name, `http://${proxy.address}`);
  await expect(client().listStacks()).rejects.toThrow();
  expect(proxy.tunnels).toEqual([{ to: 'lambda.eu-west-1.amazonaws.com:443', firstByte: TLS_HANDSHAKE }]);
});

test.each(['http://', ''])('HTTP_PROXY, with %j before it: for an endpoint without TLS', async (scheme) => {
  const proxy = await fakeProxy(() => LIST);
  vi.stubEnv('HTTP_PROXY', `${scheme}${proxy.address}`);
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://lambda.example');
  expect(await client().listStacks()).toEqual(JSON.parse(LIST));
  expect(proxy.requests).toEqual([expect.stringMatching(/^http:\/\/lambda\.example\/.*command/)]);
});

test.each(['127.0.0.1', '*', 'example.com,127.0.0.1'])('NO_PROXY=%s: directly', async (except) => {
  const proxy = await fakeProxy();
  const { calls } = await fakeEndpoint(() => ({ body: LIST }));
  vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
  vi.stubEnv('NO_PROXY', except);
  expect(await client().listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toHaveLength(1);
  expect(proxy.requests).toEqual([]);
});

test("an engine's queue, if its client is told to", async () => {
  const proxy = await fakeProxy();
  vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`);
  const sqs = new SQSClient({ requestHandler: proxyFromEnvironment() });
  const queue = sqsWorkQueue(sqs, 'https://sqs.eu-west-1.amazonaws.com/1/work');
  await expect(queue.receive(1, new AbortController().signal)).rejects.toThrow();
  expect(proxy.tunnels).toMatchObject([{ to: 'sqs.eu-west-1.amazonaws.com:443' }]);
});

test('what is no HTTP proxy is refused, without the password in it', () => {
  const env = { HTTPS_PROXY: 'socks5://me:secret@proxy:1080' };
  expect(() => proxyFromEnvironment(env)).toThrow(
    'HTTPS_PROXY must be the URL of an HTTP proxy, such as http://proxy:3128',
  );
});
