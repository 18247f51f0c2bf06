import { beforeEach, describe, expect, test } from 'vitest';
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

describe('P15: the history', () => {
  const refusing = {
    add: async () => {
      throw new Error('throttled');
    },
  };
  const kept = () => [...harness.table.entries.values()].map(({ entry }) => entry.transition);

  test('has an entry for each event, before that is published', async () => {
    const { bus } = harness.deps;
    const before: string[][] = [];
    harness.deps.bus = {
      publish: async (events) => {
        before.push(kept());
        await bus.publish(events);
      },
    };
    await resourceAction(harness).dispatch();
    await end();
    await effects(harness.deps, harness.table.stream);
    expect(before).toEqual([['START', 'DISPATCH', 'CANCEL']]);
    expect(harness.bus.published).toHaveLength(3);
    await effects(harness.deps, harness.table.stream);
    expect(kept(), 'again the same, and the end of the resource action').toEqual([
      'START',
      'DISPATCH',
      'CANCEL',
      'CANCEL',
    ]);
  });

  test('that is out of order keeps events from the bus, but no resource action from ending', async () => {
    const server = resourceAction(harness);
    await server.dispatch();
    await end();
    harness.deps.history = { ...harness.table.history, ...refusing };
    await expect(effects(harness.deps, harness.table.stream)).rejects.toThrow('throttled');
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(harness.bus.published).toEqual([]);
  });

  test('may be switched off: nothing is kept, and all is published', async () => {
    harness.deps.historyRetention = undefined;
    harness.deps.history = { ...harness.table.history, ...refusing };
    await effects(harness.deps, harness.table.stream);
    expect(harness.bus.published).toHaveLength(1);
  });
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

test('each event that was published, with the generation of its timer', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.tick();
  const published = harness.telemetry.of('published');
  expect(published.map(({ event, generation }) => [event.status, generation])).toEqual([['IN_PROGRESS', 1]]);
});
