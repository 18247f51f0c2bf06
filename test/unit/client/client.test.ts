import { describe, expect, test } from 'vitest';
import { accepted, RefusedError } from '../../../client/index.ts';
import { clientOverMemory } from './fake-transport.ts';

const START = { stackId: 'web', operationId: 'op-1', action: 'CREATE', timeoutSeconds: 60 } as const;

describe('commands', () => {
  test('are sent with their name and answered with the stack', async () => {
    const { client, service } = clientOverMemory();
    const answer = await client.startOperation(START);
    expect(service.requests).toEqual([{ command: 'StartOperation', ...START }]);
    expect(accepted(answer).stack).toMatchObject({ stackId: 'web', status: 'IN_PROGRESS' });
  });

  test('each has its method', async () => {
    const { client, service } = clientOverMemory();
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
    const { client, service, delays } = clientOverMemory();
    const answer = await client.getStack({ stackId: 'nowhere' });
    expect(answer).toMatchObject({ ok: false, error: { code: 'StackNotFound' } });
    expect(() => accepted(answer)).toThrow(RefusedError);
    expect(service.requests).toHaveLength(1);
    expect(delays).toEqual([]);
  });
});

describe('stacks()', () => {
  test('goes over all pages', async () => {
    const { client, service } = clientOverMemory();
    for (const stackId of ['a', 'b', 'c', 'd', 'e']) await client.startOperation({ ...START, stackId });
    const seen: string[] = [];
    for await (const { stackId } of client.stacks({ pageSize: 2 })) seen.push(stackId);
    expect(seen.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(service.requests.length - 5).toBeGreaterThanOrEqual(3);
  });

  test('those of a status, since a time, newest first', async () => {
    const { client, service } = clientOverMemory();
    for (const stackId of ['a', 'b', 'c']) {
      await client.startOperation({ ...START, stackId });
      await client.cancelOperation({ stackId, operationId: 'op-1' });
    }
    const since = '2026-01-31T00:00:00.000Z';
    const found: string[] = [];
    const query = { status: 'FAILED', since, pageSize: 2 } as const;
    for await (const { stackId } of client.stacks(query)) found.push(stackId);
    expect(found).toEqual(['a', 'b', 'c']);
    expect(service.requests.slice(-2)).toEqual([
      { command: 'ListStacks', status: 'FAILED', since, limit: 2 },
      { command: 'ListStacks', status: 'FAILED', since, limit: 2, nextToken: expect.any(String) },
    ]);
  });

  test('throws a refusal, for which it has no answer', async () => {
    const { client } = clientOverMemory();
    await expect(client.stacks({ pageSize: 1000 }).next()).rejects.toThrow(/ValidationError: limit must be/);
  });
});

describe('history()', () => {
  test('goes over all pages, newest first, of what it is asked for', async () => {
    const { client, service } = clientOverMemory();
    for (const operationId of ['op-1', 'op-2', 'op-3']) {
      await client.startOperation({ ...START, operationId });
      await client.cancelOperation({ stackId: 'web', operationId });
      service.harness.clock.advance(1000);
    }
    await service.harness.tick();
    const read = async (more: object = {}) => {
      const found: string[] = [];
      for await (const { operationId, transition } of client.history({ stackId: 'web', limit: 4, ...more }))
        found.push(`${operationId} ${transition}`);
      return found;
    };
    const [first, second, third] = ['op-1', 'op-2', 'op-3'].map((id) => [`${id} CANCEL`, `${id} START`]);
    expect(await read()).toEqual([third, second, first].flat());
    expect(service.requests.slice(-2)).toEqual([
      { command: 'GetHistory', stackId: 'web', limit: 4 },
      { command: 'GetHistory', stackId: 'web', limit: 4, nextToken: expect.any(String) },
    ]);
    expect(await read({ operationId: 'op-2' })).toEqual(second);
  });

  test('throws a refusal, for which it has no answer', async () => {
    const { client } = clientOverMemory();
    await expect(client.history({ stackId: 'nowhere' }).next()).rejects.toThrow(/StackNotFound/);
  });
});
