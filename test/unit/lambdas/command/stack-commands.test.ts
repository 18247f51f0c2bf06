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
});

test('metadata comes back as it was given', async () => {
  const harness = new TestHarness();
  const metadata = { owner: 'ops', nested: { list: [1, 0.1, null, '', 'é'], empty: {} }, '': 'empty name' };
  await harness.start('stack-1', 60, { metadata });
  expect(await harness.command({ command: 'GetStack', stackId: 'stack-1' })).toMatchObject({
    stack: { metadata },
  });
});

const operation = { stackId: 'stack-1', operationId: 'op-1' };
const _complete = { command: 'CompleteOperation', ...operation, status: 'COMPLETE' };
