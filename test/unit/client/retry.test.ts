/** When the client sends a request again, and how long it waits before. */
import { describe, expect, test } from 'vitest';
import { InvocationError, StackTimeoutsClient } from '../../../client/index.ts';
import { fakeEndpoint, skewedBy } from './fake-endpoint.ts';
import { clientOverMemory, FakeTransport } from './fake-transport.ts';
import { settle } from './virtual-time.ts';

const START = { stackId: 'web', operationId: 'op-1', action: 'CREATE', timeoutSeconds: 60 } as const;

/** As the AWS SDK throws them. */
const awsError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(`${name}!`), { name, $metadata: { httpStatusCode } });

describe('retries', () => {
  test.each([
    ['the function failed', new Error('command failed (Unhandled): {}')],
    ['throttled', awsError('TooManyRequestsException', 429)],
    ['throttled by another name', Object.assign(awsError('ThrottlingException', 400), { $retryable: {} })],
    ['being updated', awsError('ResourceConflictException', 409)],
    ['a fault of Lambda', awsError('ServiceException', 500)],
    ['the network', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })],
  ])('%s: tried again', async (_, failure) => {
    const { client, service } = clientOverMemory();
    service.failures.push(failure, failure);
    expect((await client.startOperation(START)).ok).toBe(true);
    expect(service.requests).toHaveLength(3);
    expect(service.requests[2]).toEqual(service.requests[0]);
  });

  test.each([
    ['no permission', awsError('AccessDeniedException', 403)],
    ['no such function', awsError('ResourceNotFoundException', 404)],
    ['no credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' })],
    ['no region', new Error('Region is missing')],
  ])('%s: trying again cannot help', async (_, failure) => {
    const { client, service } = clientOverMemory();
    service.failures.push(failure);
    const error = await client.startOperation(START).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvocationError);
    expect(error).toMatchObject({ retryable: false, attempts: 1, cause: failure });
    expect(service.requests).toHaveLength(1);
  });

  test('end after the attempts allowed, with the last failure as cause', async () => {
    const { client, service } = clientOverMemory({ attempts: 3 });
    const failures = [1, 2, 3].map((n) => new Error(`failure ${n}`));
    service.failures.push(...failures);
    const error = await client.startOperation(START).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'InvocationError',
      retryable: true,
      attempts: 3,
      cause: failures[2],
    });
    expect(service.requests).toHaveLength(3);
  });

  test('wait for real by default', async () => {
    const transport = new FakeTransport();
    transport.failures.push(new Error('down'));
    const answer = new StackTimeoutsClient({ transport, random: () => 1 }).startOperation(START);
    await settle();
    expect(transport.requests).toHaveLength(1);
    expect((await answer).ok).toBe(true);
  });

  test('wait a random part of a doubling time, up to a limit', async () => {
    const longest = clientOverMemory({ attempts: 9 });
    longest.service.failures.push(...Array.from({ length: 8 }, () => new Error('down')));
    await longest.client.startOperation(START);
    expect(longest.delays).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);

    const shortest = clientOverMemory({ random: () => 0 });
    shortest.service.failures.push(new Error('down'));
    await shortest.client.startOperation(START);
    expect(shortest.delays).toEqual([0]);
  });

  test('are six by default', async () => {
    const service = new FakeTransport();
    service.failures = Array.from({ length: 99 }, () => new Error('down'));
    const client = new StackTimeoutsClient({ transport: service, random: () => 0 });
    await expect(client.getStack({ stackId: 'web' })).rejects.toMatchObject({ attempts: 6 });
    expect(service.requests).toHaveLength(6);
  });

  test.each(['', 'null', '"hello"', '{"statusCode":200}', '<html>'])(
    'what is no answer of a command function is not asked for again: %s',
    async (payload) => {
      const transport = { invoke: async () => payload };
      const client = new StackTimeoutsClient({ transport, sleep: async () => expect.unreachable() });
      await expect(client.getStack({ stackId: 'web' })).rejects.toThrow(/check the function's name/);
    },
  );
});

describe('a call that is given up', () => {
  test('is not made again', async () => {
    for (const after of ['the failure', 'the pause']) {
      const stop = new AbortController();
      let calls = 0;
      const transport = {
        async invoke() {
          calls++;
          if (after === 'the failure') stop.abort();
          throw new Error('connection reset');
        },
      };
      const sleep = async () => stop.abort();
      const client = new StackTimeoutsClient({ transport, sleep });
      const own = { stackId: 'web', operationId: 'op-1', resource: 'server', attempt: 1, claimId: 'claim-1' };
      await expect(client.heartbeat(own, { signal: stop.signal })).rejects.toThrow();
      expect(calls).toBe(1);
    }
  });
});

/** The client replaces the retry of the AWS SDK, which would have known this. */
describe('what only the AWS SDK knows of a failure', () => {
  const HOUR = 3_600_000;
  const LIST = '{"ok":true,"stacks":[]}';
  const clientOfAws = (delays: number[] = []) =>
    new StackTimeoutsClient({
      functionName: 'command',
      random: () => 0.5,
      sleep: async (milliseconds) => delays.push(milliseconds),
    });

  test.each([
    ['InvalidSignatureException', -HOUR],
    ['RequestTimeTooSkewed', HOUR],
    ['AccessDeniedException', HOUR],
  ])("that this machine's clock is wrong (%s)", async (refusal, skew) => {
    const { calls } = await fakeEndpoint(skewedBy(skew, LIST, refusal));
    const client = clientOfAws();
    expect(await client.listStacks()).toEqual(JSON.parse(LIST));
    expect(calls).toHaveLength(2);
    await client.listStacks();
    expect(calls).toHaveLength(3);
  });

  test('that a wrong clock is not the reason, once it is corrected', async () => {
    const date = new Date(Date.now() + HOUR).toUTCString();
    const denied = {
      status: 403,
      headers: { date, 'x-amzn-errortype': 'AccessDeniedException' },
      body: '{}',
    };
    const { calls } = await fakeEndpoint(() => denied);
    await expect(clientOfAws().listStacks()).rejects.toMatchObject({ retryable: false, attempts: 2 });
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['ThrottlingException', 400],
    ['RequestLimitExceeded', 400],
    ['TooManyRequestsException', 429],
  ])('that it is a throttle (%s): it waits longer', async (name, status) => {
    const answers = [{ status, headers: { 'x-amzn-errortype': name }, body: '{}' }];
    await fakeEndpoint(() => answers.shift() ?? { body: LIST });
    const delays: number[] = [];
    await clientOfAws(delays).listStacks();
    expect(delays).toEqual([500]);
  });

  test.each([
    ['2', 1900, 2000],
    ['60', 5500, 5500],
  ])('how long AWS asks it to wait (%s s), within reason', async (seconds, least, most) => {
    const answers = [{ status: 429, headers: { 'retry-after': seconds }, body: '{}' }];
    await fakeEndpoint(() => answers.shift() ?? { body: LIST });
    const delays: number[] = [];
    await clientOfAws(delays).listStacks();
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeGreaterThanOrEqual(least);
    expect(delays[0]).toBeLessThanOrEqual(most);
  });
});
