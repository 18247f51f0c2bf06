import { expect, test } from 'vitest';
import { SHARDS, shardOf } from '../../../../lambdas/domain/timer.ts';
import { sweep } from '../../../../lambdas/sweep/sweep.ts';
import { World } from '../../../support/world.ts';

/** A world with this many overdue stacks, whose wake-ups were all lost; stack-0 is the oldest. */
async function withOverdue(count: number): Promise<World> {
  const world = new World();
  for (let n = 0; n < count; n++) {
    await world.start(`stack-${n}`, 60);
    world.clock.advance(10);
  }
  world.clock.advance(100_000);
  return world;
}

const endedInOrder = (world: World) =>
  world.table.stream.filter(({ after }) => after.change === 'TIMEOUT').map(({ after }) => after.stackId);

test('handles every overdue row of every shard, oldest first, over several pages', async () => {
  const world = await withOverdue(4000);
  await sweep(world.deps, 'sweep-1');
  expect(endedInOrder(world)).toEqual(Array.from({ length: 4000 }, (_, n) => `stack-${n}`));
  expect(world.telemetry.of('sweepCompleted')).toEqual([
    { kind: 'sweepCompleted', overdue: 4000, swept: 4000, failed: 0, failedShards: 0, outOfTime: false },
  ]);
});

test('what it looks at is on record; what the index still names, though it has ended, is not counted as swept', async () => {
  const world = await withOverdue(2);
  const { index } = world.deps;
  const entries = await index.list(shardOf({ stackId: 'stack-0' }), { limit: 1 });
  await world.command({ command: 'CancelOperation', stackId: 'stack-0', operationId: 'op-1' });
  world.telemetry.observations.length = 0;
  world.deps.index = {
    list: async (shard, query) =>
      shard === shardOf({ stackId: 'stack-0' }) ? { ...entries, more: false } : index.list(shard, query),
  };
  await sweep(world.deps, 'sweep-1');
  expect(world.telemetry.of('wakeUp').map(({ outcome, subject }) => [outcome, subject])).toStrictEqual([
    ['stale', { stackId: 'stack-0', operationId: 'op-1', generation: 1 }],
    ['fired', { stackId: 'stack-1', operationId: 'op-1', generation: 1 }],
  ]);
  expect(world.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 2, swept: 1, outOfTime: false }]);
});

test('with nothing to do it was in time', async () => {
  const world = new World();
  await sweep(world.deps, 'sweep-1');
  expect(world.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 0, outOfTime: false }]);
});

test('the lease outlasts the budget: nobody else sweeps meanwhile', async () => {
  const world = new World();
  const { lease } = world.deps;
  const until: number[] = [];
  world.deps.lease = {
    release: lease.release.bind(lease),
    acquire: async (holder, now, end) => {
      until.push(end - now);
      return lease.acquire(holder, now, end);
    },
  };
  await sweep(world.deps, 'sweep-1');
  expect(until).toEqual([world.deps.budget + 20_000]);
});

test('leaves alone what is not overdue by more than the grace time', async () => {
  const world = new World();
  await world.start('stack-1', 60);
  world.clock.advance(60_000 + world.deps.grace);
  await sweep(world.deps, 'sweep-1');
  expect(endedInOrder(world)).toEqual([]);
  world.clock.advance(1);
  await sweep(world.deps, 'sweep-2');
  expect(endedInOrder(world)).toEqual(['stack-1']);
});

test('ends with its budget, gives the lease back, and the next one goes on with the oldest', async () => {
  const world = await withOverdue(200);
  const { store } = world.deps;
  world.deps.store = {
    load: store.load.bind(store),
    loadMany: store.loadMany.bind(store),
    save: (row, seen) => {
      world.clock.advance(1000);
      return store.save(row, seen);
    },
  };
  await sweep(world.deps, 'sweep-1');
  const [first] = world.telemetry.of('sweepCompleted');
  expect(first?.outOfTime).toBe(true);
  const done = endedInOrder(world).length;
  expect(done).toBeGreaterThanOrEqual(35);
  expect(done).toBeLessThan(35 + 2 * 16);

  await sweep(world.deps, 'sweep-2');
  expect(world.telemetry.of('sweepSkipped')).toEqual([]);
  expect(endedInOrder(world)).toEqual(
    Array.from({ length: endedInOrder(world).length }, (_, n) => `stack-${n}`),
  );
});

test('without any budget it handles nothing', async () => {
  const world = await withOverdue(3);
  world.deps.budget = 0;
  await sweep(world.deps, 'sweep-1');
  expect(world.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 0, outOfTime: true }]);
});

test('a row that fails does not keep the others from being ended; the sweep says so', async () => {
  const world = await withOverdue(50);
  const { store } = world.deps;
  world.deps.store = {
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
    load: async (stackId) => {
      if (stackId === 'stack-7') throw new Error('of a schema version from the future');
      return store.load(stackId);
    },
  };
  await expect(sweep(world.deps, 'sweep-1')).rejects.toThrow('1 of 50 overdue rows failed');
  expect(endedInOrder(world)).toHaveLength(49);
  expect(world.telemetry.of('failed')).toMatchObject([{ subject: { stackId: 'stack-7' } }]);
  expect(world.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 50, swept: 49, failed: 1 }]);
});

test('never puts anything on the timer queue', async () => {
  const world = await withOverdue(20);
  await sweep(world.deps, 'sweep-1');
  expect(world.queue.messages).toEqual([]);
});

test('a shard that cannot be read does not keep the others from being swept; the sweep says so', async () => {
  const world = await withOverdue(200);
  const { index } = world.deps;
  world.deps.index = {
    list: async (shard, query) => {
      if (shard === 'S3') throw new Error('throttled');
      return index.list(shard, query);
    },
  };
  await expect(sweep(world.deps, 'sweep-1')).rejects.toThrow('1 shards');
  const left = [...world.table.rows.values()].filter(({ status }) => status === 'IN_PROGRESS');
  expect(left.length).toBeGreaterThan(0);
  for (const { stackId } of left) expect(shardOf({ stackId })).toBe('S3');
  expect(world.telemetry.of('shardFailed')).toMatchObject([{ shard: 'S3' }]);
  const swept = 200 - left.length;
  expect(world.telemetry.of('sweepCompleted')).toMatchObject([
    { failedShards: 1, overdue: swept, swept, failed: 0 },
  ]);
});

test('a sweep that cannot read a single shard has not been completed', async () => {
  const world = await withOverdue(1);
  world.deps.index = { list: () => Promise.reject(new Error('throttled')) };
  await expect(sweep(world.deps, 'sweep-1')).rejects.toThrow(`${SHARDS.length} shards`);
  expect(world.telemetry.of('sweepCompleted')).toEqual([]);
});

test('rows are handled 16 at once', async () => {
  const world = await withOverdue(60);
  const { store } = world.deps;
  let [underWay, most] = [0, 0];
  world.deps.store = {
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
    load: async (stackId) => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      return store.load(stackId);
    },
  };
  await sweep(world.deps, 'sweep-1');
  expect(most).toBe(16);
});
