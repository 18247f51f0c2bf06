import { beforeEach, describe, expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 3600);
});

describe('a stack shows the resource actions of its current operation', () => {
  const getStack = (more: object = {}) =>
    harness.command({ command: 'GetStack', stackId: 'stack-1', ...more });

  test('by name, without input and output, and not those of an older one', async () => {
    await server.dispatch({ input: 'secret' });
    await resourceAction(harness, 'network').dispatch();
    expect(await getStack()).toMatchObject({
      ok: true,
      stack: { operationId: 'op-1' },
      resources: [{ resource: 'network' }, { resource: 'server' }],
    });
    expect(JSON.stringify(await getStack())).not.toContain('secret');
    await harness.start('stack-1', 60, { operationId: 'op-2', supersede: true });
    expect(await getStack()).toMatchObject({ stack: { operationId: 'op-2' }, resources: [] });
  });

  test('page by page', async () => {
    const names = Array.from({ length: 1201 }, (_, n) => `server-${String(n).padStart(4, '0')}`);
    for (const name of names) await resourceAction(harness, name).dispatch();
    const found: string[][] = [];
    let nextToken: string | undefined;
    do {
      const answer = await getStack(nextToken === undefined ? {} : { nextToken });
      if (!answer.ok || !('resources' in answer)) throw new Error('no page');
      found.push(answer.resources.map(({ resource }) => resource));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(found.map(({ length }) => length)).toEqual([500, 500, 201]);
    expect(found.flat()).toEqual(names);
  });

  test.each(['', 'hello', Buffer.from('{"shard":0}').toString('base64url')])(
    'a nextToken that is not from an earlier answer is refused: %j',
    async (nextToken) => {
      expect(await getStack({ nextToken })).toMatchObject({ error: { code: 'ValidationError' } });
    },
  );

  test.each([
    ['in progress', async () => {}, 'IN_PROGRESS'],
    ['timed out', () => harness.run(3601), 'FAILED'],
  ])('whatever became of it: %s', async (_, happen, status) => {
    await happen();
    expect(await getStack()).toMatchObject({ ok: true, stack: { status } });
  });

  test('but not when its retention time is over, or if there is none', async () => {
    expect(await getStack({ stackId: 'stack-2' })).toMatchObject({ error: { code: 'StackNotFound' } });
    await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
    harness.clock.advance(harness.deps.retention - 1);
    expect(await getStack()).toMatchObject({ ok: true });
    harness.clock.advance(1);
    expect(await getStack()).toMatchObject({ error: { code: 'StackNotFound' } });
  });
});
