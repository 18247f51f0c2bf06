import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { LambdaTransport } from '../../../client/index.ts';
import { fakeEndpoint } from './fake-endpoint.ts';
import { hanging, heldTimeouts } from './hanging.ts';

describe('LambdaTransport', () => {
  /** A Lambda client that answers every invocation with this. */
  const lambda = (result: { FunctionError?: string }, payload: string) =>
    ({
      send: async () => ({ ...result, Payload: { transformToString: () => payload } }),
    }) as unknown as LambdaClient;

  test('returns the payload of the answer', async () => {
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

test('credentials that have expired by the clock of AWS are renewed', async () => {
  const expired = { status: 403, headers: { 'x-amzn-errortype': 'ExpiredTokenException' }, body: '{}' };
  const answerOf = (key: string) => (key === 'key-1' ? expired : { body: '{"ok":true}' });
  const { calls } = await fakeEndpoint((_, { authorization = '' }) =>
    answerOf(/Credential=([^/]*)/.exec(authorization)?.[1] ?? ''),
  );
  let given = 0;
  const credentials = async () => ({
    accessKeyId: `key-${++given}`,
    secretAccessKey: 'secret',
    expiration: new Date(Date.now() + 3_600_000),
  });
  const transport = new LambdaTransport('command', new LambdaClient({ credentials, maxAttempts: 1 }));
  expect(await transport.invoke('{}')).toBe('{"ok":true}');
  expect(calls.map(({ key }) => key)).toEqual(['key-1', 'key-2']);
});

test('the transport does not retry by itself: the client does', async () => {
  const { calls } = await fakeEndpoint(() => ({ status: 500, body: '' }));
  await expect(new LambdaTransport('command').invoke('{}')).rejects.toThrow();
  expect(calls).toHaveLength(1);
});
