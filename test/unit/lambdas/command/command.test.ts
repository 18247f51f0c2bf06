import { describe, expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';
import { inProgress } from '../../../support/rows.ts';

const complete = {
  command: 'CompleteOperation',
  stackId: 'stack-1',
  operationId: 'op-1',
  status: 'COMPLETE',
};

describe('P4: first writer wins', () => {
  /** A harness in which another write comes in between the load and the first save. */
  async function racing(between: (harness: TestHarness) => Promise<unknown>): Promise<TestHarness> {
    const harness = new TestHarness();
    await harness.start('stack-1', 60);
    const rival = new TestHarness();
    Object.assign(rival.deps, harness.deps);
    const { store } = harness.deps;
    let raced = false;
    harness.deps.store = {
      load: store.load.bind(store),
      loadMany: store.loadMany.bind(store),
      save: async (row, seen) => {
        if (!raced) {
          raced = true;
          await between(rival);
        }
        return store.save(row, seen);
      },
    };
    return harness;
  }

  test('the loser decides again on what was written: another outcome is refused, with the current state', async () => {
    const harness = await racing((rival) => rival.command({ ...complete, status: 'FAILED' }));
    expect(await harness.command(complete)).toMatchObject({
      ok: false,
      error: { code: 'OperationEnded', current: { status: 'FAILED', cause: 'REPORTED', version: 2 } },
    });
    expect(harness.table.rows.get('stack-1')?.version).toBe(2);
  });

  test('the same outcome is ok', async () => {
    const harness = await racing((rival) => rival.command(complete));
    expect(await harness.command(complete)).toMatchObject({
      ok: true,
      stack: { status: 'COMPLETE', version: 2 },
    });
  });

  test('a complete that met an extension is written on top of it', async () => {
    const harness = await racing((rival) => rival.extend('stack-1', 600));
    expect(await harness.command(complete)).toMatchObject({
      ok: true,
      stack: { status: 'COMPLETE', version: 3 },
    });
  });

  test('a child that lost the race is bound by its parent as that is now', async () => {
    const harness = await racing(async (rival) => {
      await rival.extend('stack-1', 300);
      await rival.extend('child', 200);
    });
    await harness.table.save(
      inProgress({ stackId: 'child', parent: { stackId: 'stack-1', operationId: 'op-1' } }),
      undefined,
    );
    expect(await harness.extend('child', 900)).toMatchObject({
      ok: true,
      stack: { version: 3, deadline: new Date(harness.clock.now() + 300_000).toISOString() },
    });
  });

  test('who always loses gives up with an error, which means "try again"', async () => {
    const harness = new TestHarness();
    await harness.start('stack-1', 60);
    const current = harness.table.rows.get('stack-1');
    let [loads, saves] = [0, 0];
    harness.deps.store = {
      load: async () => {
        loads++;
        return current;
      },
      loadMany: async () => [],
      save: async () => {
        saves++;
        return { saved: false, current };
      },
    };
    await expect(harness.command(complete)).rejects.toThrow('lost 20 conditional writes in a row');
    expect([loads, saves], 'DynamoDB sends the row that won along').toEqual([1, 20]);
  });
});

test('what is not needed is not read: a parent, input and output', async () => {
  const harness = new TestHarness();
  await harness.start('parent', 600);
  await harness.start('stack-1', 60, { parent: { stackId: 'parent', operationId: 'op-1' } });
  await harness.command({
    command: 'DispatchResource',
    stackId: 'stack-1',
    operationId: 'op-1',
    resource: 'server',
    action: 'CREATE',
    startToCloseSeconds: 30,
  });
  const { store, resources } = harness.deps;
  const loaded: string[] = [];
  harness.deps.store = {
    load: (stackId) => {
      loaded.push(stackId);
      return store.load(stackId);
    },
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
  };
  harness.deps.resources = {
    ...resources,
    payloads: async () => {
      throw new Error('there are none');
    },
  };
  expect(
    await harness.command({ command: 'GetResource', stackId: 'stack-1', resource: 'server' }),
  ).toMatchObject({
    ok: true,
  });
  expect(await harness.command(complete)).toMatchObject({ ok: true });
  expect(loaded).toEqual(['stack-1']);
});

test('a refused request is an answer, and is counted by its code', async () => {
  const harness = new TestHarness();
  expect(await harness.command({ ...complete, status: 'DONE' })).toEqual({
    ok: false,
    error: { code: 'ValidationError', message: 'status must be one of COMPLETE, FAILED' },
  });
  expect(await harness.command(complete)).toMatchObject({ ok: false, error: { code: 'StackNotFound' } });
  expect(harness.telemetry.of('refused').map(({ code }) => code)).toEqual([
    'ValidationError',
    'StackNotFound',
  ]);
});

test('metadata comes back as it was given', async () => {
  const harness = new TestHarness();
  const metadata = { owner: 'ops', nested: { list: [1, 0.1, null, '', 'é'], empty: {} }, '': 'empty name' };
  await harness.start('stack-1', 60, { metadata });
  expect(await harness.command({ command: 'GetStack', stackId: 'stack-1' })).toMatchObject({
    stack: { metadata },
  });
});
