import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import {
  accepted,
  InvocationError,
  LambdaTransport,
  RefusedError,
  StackTimeoutsClient,
} from '../../../client/index.ts';
import { fakeEndpoint } from './fake-endpoint.ts';
import { FakeTransport } from './fake-transport.ts';
import { hanging, heldTimeouts } from './hanging.ts';
import { settle } from './virtual-time.ts';

const START = { stackId: 'web', operationId: 'op-1', action: 'CREATE', timeoutSeconds: 60 } as const;

function setUp(options: { attempts?: number; random?: () => number } = {}) {
  const service = new FakeTransport();
  const delays: number[] = [];
  const sleep = async (milliseconds: number) => delays.push(milliseconds);
  const client = new StackTimeoutsClient({ transport: service, sleep, random: () => 1, ...options });
  return { service, client, delays };
}

/** As the AWS SDK throws them. */
const awsError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(`${name}!`), { name, $metadata: { httpStatusCode } });

describe('commands', () => {
  test('are sent with their name and answered with the stack', async () => {
    const { client, service } = setUp();
    const answer = await client.startOperation(START);
    expect(service.requests).toEqual([{ command: 'StartOperation', ...START }]);
    expect(accepted(answer).stack).toMatchObject({ stackId: 'web', status: 'IN_PROGRESS' });
  });

  test('each has its method', async () => {
    const { client, service } = setUp();
    const operation = { stackId: 'web', operationId: 'op-1' };
    await client.startOperation(START);
    await client.extendOperation({ ...operation, timeoutSeconds: 5 });
    await client.getStack({ stackId: 'web' });
    await client.listStacks();
    await client.completeOperation({ ...operation, status: 'COMPLETE' });
    await client.cancelOperation(operation);
    expect(service.requests.map((request) => (request as { command: string }).command)).toEqual([
      'StartOperation',
      'ExtendOperation',
      'GetStack',
      'ListStacks',
      'CompleteOperation',
      'CancelOperation',
    ]);
  });

  test('a refusal is an answer, and is not retried', async () => {
    const { client, service, delays } = setUp();
    const answer = await client.getStack({ stackId: 'nowhere' });
    expect(answer).toMatchObject({ ok: false, error: { code: 'StackNotFound' } });
    expect(() => accepted(answer)).toThrow(RefusedError);
    expect(service.requests).toHaveLength(1);
    expect(delays).toEqual([]);
  });
});

describe('retries', () => {
  test.each([
    ['the function failed', new Error('command failed (Unhandled): {}')],
    ['throttled', awsError('TooManyRequestsException', 429)],
    ['throttled by another name', Object.assign(awsError('ThrottlingException', 400), { $retryable: {} })],
    ['being updated', awsError('ResourceConflictException', 409)],
    ['a fault of Lambda', awsError('ServiceException', 500)],
    ['the network', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })],
  ])('%s: tried again', async (_, failure) => {
    const { client, service } = setUp();
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
    const { client, service } = setUp();
    service.failures.push(failure);
    const error = await client.startOperation(START).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvocationError);
    expect(error).toMatchObject({ retryable: false, attempts: 1, cause: failure });
    expect(service.requests).toHaveLength(1);
  });

  test('end after the attempts allowed, with the last failure as cause', async () => {
    const { client, service } = setUp({ attempts: 3 });
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
    const longest = setUp({ attempts: 9 });
    longest.service.failures.push(...Array.from({ length: 8 }, () => new Error('down')));
    await longest.client.startOperation(START);
    expect(longest.delays).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);

    const shortest = setUp({ random: () => 0 });
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

describe('LambdaTransport', () => {
  /** A Lambda client that answers every invocation with this. */
  const lambda = (result: { FunctionError?: string }, payload: string) =>
    ({
      send: async () => ({ ...result, Payload: { transformToString: () => payload } }),
    }) as unknown as LambdaClient;

  test('carries the payload of the answer', async () => {
    expect(await new LambdaTransport('command', lambda({}, '{"ok":true}')).invoke('{}')).toBe('{"ok":true}');
  });

  test('throws what the function threw', async () => {
    const transport = new LambdaTransport(
      'command',
      lambda({ FunctionError: 'Unhandled' }, '{"errorType":"Boom"}'),
    );
    await expect(transport.invoke('{}')).rejects.toThrow('command failed (Unhandled): {"errorType":"Boom"}');
  });
});

describe('LambdaTransport without an answer', () => {
  const hangingTransport = (onCall: () => void) =>
    new LambdaTransport(
      'command',
      new LambdaClient({
        region: 'eu-west-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
        requestHandler: hanging(onCall) as never,
      }),
    );

  test('gives up after 30 s', async () => {
    const timeouts = heldTimeouts();
    const transport = hangingTransport(() => timeouts.fire(30_000));
    await expect(transport.invoke('{}')).rejects.toThrow(/aborted/i);
    await expect(transport.invoke('{}', new AbortController().signal)).rejects.toThrow(/aborted/i);
  });

  test('gives up when told to', async () => {
    const stop = new AbortController();
    const transport = hangingTransport(() => stop.abort());
    await expect(transport.invoke('{}', stop.signal)).rejects.toThrow(/aborted/i);
  });
});

describe('stacks()', () => {
  test('goes over all pages', async () => {
    const { client, service } = setUp();
    for (const stackId of ['a', 'b', 'c', 'd', 'e']) await client.startOperation({ ...START, stackId });
    const seen: string[] = [];
    for await (const { stackId } of client.stacks(2)) seen.push(stackId);
    expect(seen.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(service.requests.length - 5).toBeGreaterThanOrEqual(3);
  });

  test('throws a refusal, for which it has no answer', async () => {
    const { client } = setUp();
    await expect(client.stacks(1000).next()).rejects.toThrow(/ValidationError: limit must be/);
  });
});

test('the transport does not retry by itself: the client does', async () => {
  const { calls } = await fakeEndpoint(() => ({ status: 500, body: '' }));
  await expect(new LambdaTransport('command').invoke('{}')).rejects.toThrow();
  expect(calls).toHaveLength(1);
});
