import { beforeEach, describe, expect, test } from 'vitest';
import type { RowChange } from '../../../../lambdas/domain/consequences.ts';
import { effects } from '../../../../lambdas/effects/effects.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
beforeEach(async () => {
  harness = new TestHarness();
  await harness.start('stack-1', 3600);
});

const stack = (stackId = 'stack-1') => harness.table.rows.get(stackId);
const end = (stackId = 'stack-1', operationId = 'op-1') =>
  harness.command({ command: 'CancelOperation', stackId, operationId });
const child = (stackId: string, parentId: string, more: object = {}) =>
  harness.start(stackId, 3600, { parent: { stackId: parentId, operationId: 'op-1' }, ...more });

async function dispatchMany(count: number): Promise<ReturnType<typeof resourceAction>[]> {
  const all = Array.from({ length: count }, (_, n) => resourceAction(harness, `server-${n}`));
  for (const one of all) await one.dispatch();
  return all;
}

describe('input and output expire', () => {
  const expiryOf = (server: ReturnType<typeof resourceAction>) => {
    const row = server.row();
    if (row === undefined || row.status === 'IN_PROGRESS') throw new Error('not ended');
    return row.expiresAt;
  };
  const expiry = () => [...harness.table.payloads.values()].map(({ expiresAt }) => expiresAt);

  test('with the row', async () => {
    const server = resourceAction(harness);
    await server.dispatch({ input: 1 });
    await server.claim();
    await harness.tick();
    expect(expiry()).toEqual([undefined]);
    await server.complete({ output: 2 });
    await harness.tick();
    expect(expiry()).toEqual([undefined, undefined]);
    await end();
    // However late effects is.
    harness.clock.advance(5000);
    await harness.tick();
    expect(expiry()).toEqual([expiryOf(server), expiryOf(server)]);
  });

  test('with the row that ends with its operation', async () => {
    const server = resourceAction(harness);
    await server.dispatch({ input: 1 });
    await end();
    await harness.tick();
    // It takes another one for what follows from that.
    harness.clock.advance(5000);
    await harness.tick();
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(expiry()).toEqual([expiryOf(server)]);
  });

  test('those of a row that was replaced, after the retention time; not those that took their place', async () => {
    const server = resourceAction(harness);
    await server.dispatch({ input: 1 });
    await server.claim();
    await server.complete({ output: 2 });
    await harness.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
    await harness.command({
      command: 'DispatchResource',
      stackId: 'stack-1',
      operationId: 'op-2',
      resource: 'server',
      action: 'CREATE',
      startToCloseSeconds: 60,
      input: 3,
    });
    await harness.tick();
    expect(harness.table.payloads.get('input\nstack-1\nserver')).toEqual({
      operationId: 'op-2',
      attempt: 1,
      json: '3',
    });
    expect(harness.table.payloads.get('output\nstack-1\nserver')).toMatchObject({
      expiresAt: harness.clock.now() + harness.deps.retention,
    });
  });
});

test('what is replaced before it has ended: its input goes after the retention time', async () => {
  const server = resourceAction(harness);
  await server.dispatch({ input: 1 });
  const change = { before: server.row(), after: { ...server.row(), operationId: 'op-2' } };
  const expired: number[] = [];
  harness.deps.resources = {
    ...harness.deps.resources,
    expirePayloads: async (_, expiresAt) => void expired.push(expiresAt),
  };
  await effects(harness.deps, [change as RowChange]);
  expect(expired).toEqual([harness.clock.now() + harness.deps.retention]);
});

describe('trouble', () => {
  test('with one child does not keep others from being shortened; it is thrown at the end', async () => {
    for (const name of ['child-1', 'child-2', 'child-3']) await child(name, 'stack-1');
    await harness.tick();
    await harness.extend('stack-1', 60);
    const { store } = harness.deps;
    harness.deps.store = {
      load: store.load.bind(store),
      loadMany: store.loadMany.bind(store),
      save: async (row, seen) => {
        if (row.stackId === 'child-2') throw new Error('throttled');
        return store.save(row, seen);
      },
    };
    const shortened = harness.table.stream.filter(({ after }) => after.change === 'SHORTEN');
    await expect(effects(harness.deps, shortened)).rejects.toThrow(/1 rows failed; first: .*throttled/);
    for (const name of ['child-1', 'child-3']) expect(stack(name)).toMatchObject({ change: 'SHORTEN' });
    expect(stack('child-2')).toMatchObject({ change: 'START' });
  });

  test('on the bus does not keep resource actions from ending; the batch comes again', async () => {
    const server = resourceAction(harness);
    await server.dispatch();
    await end();
    harness.deps.bus = {
      publish: async () => {
        throw new Error('no bus');
      },
    };
    await expect(effects(harness.deps, harness.table.stream)).rejects.toThrow('no bus');
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
  });

  test('with one row does not keep others from ending, nor events from the bus; it is thrown at the end', async () => {
    const all = await dispatchMany(20);
    await child('child', 'stack-1');
    await harness.tick();
    await harness.start('stack-2', 3600);
    const elsewhere = resourceAction(harness, 'server', 'stack-2');
    await elsewhere.dispatch();
    await end('stack-2');
    await end();
    const { resources } = harness.deps;
    harness.deps.resources = {
      ...resources,
      save: async (row, ...rest) => {
        if (row.resource === 'server-7') throw new Error('throttled');
        return resources.save(row, ...rest);
      },
    };
    const ends = harness.table.stream.filter(({ before }) => before !== undefined);
    await expect(effects(harness.deps, ends)).rejects.toThrow(
      /^1 consequences failed; first: .*1 rows failed; first: .*throttled/,
    );
    expect(elsewhere.row()).toMatchObject({ cause: 'CANCELLED' });
    for (const one of all.filter((_, n) => n !== 7)) expect(one.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(stack('child')).toMatchObject({ change: 'PARENT_ENDED' });
    expect(harness.bus.published.filter(({ status }) => status === 'FAILED')).toHaveLength(2);
    expect(harness.telemetry.of('failed').map(({ subject }) => subject)).toEqual([
      { stackId: 'stack-1', operationId: 'op-1' },
    ]);
    harness.deps.resources = resources;
    await harness.tick();
    for (const one of all) expect(one.row()).toMatchObject({ cause: 'CANCELLED' });
  });

  test.each([
    ['the start of a child', () => child('child', 'stack-1'), { stackId: 'child' }],
    [
      'a dispatch',
      () => resourceAction(harness).dispatch(),
      { stackId: 'stack-1', operationId: 'op-1', resource: 'server' },
    ],
  ])('is on record with what it was about: %s', async (_, happen, subject) => {
    await happen();
    const { store } = harness.deps;
    harness.deps.store = {
      loadMany: store.loadMany.bind(store),
      save: store.save.bind(store),
      load: async () => {
        throw new Error('throttled');
      },
    };
    await expect(effects(harness.deps, harness.table.stream)).rejects.toThrow('1 consequences failed');
    expect(harness.telemetry.of('failed')).toEqual([
      { kind: 'failed', subject, error: new Error('throttled') },
    ]);
  });
});
