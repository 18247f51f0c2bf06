import { describe, expect, test } from 'vitest';
import { SHARDS, shardOf } from '../../../../lambdas/domain/timer.ts';
import { sweep } from '../../../../lambdas/sweep/sweep.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

/** A harness with this many overdue stacks, whose wake-ups were all lost; stack-0 is the oldest. */
async function withOverdue(count: number): Promise<TestHarness> {
  const harness = new TestHarness();
  for (let n = 0; n < count; n++) {
    await harness.start(`stack-${n}`, 60);
    harness.clock.advance(10);
  }
  harness.clock.advance(100_000);
  return harness;
}

const endedInOrder = (harness: TestHarness) =>
  harness.table.stream.filter(({ after }) => after.change === 'TIMEOUT').map(({ after }) => after.stackId);

test('handles every overdue row of every shard, oldest first, over several pages', async () => {
  const harness = await withOverdue(4000);
  await sweep(harness.deps, 'sweep-1');
  expect(endedInOrder(harness)).toEqual(Array.from({ length: 4000 }, (_, n) => `stack-${n}`));
  expect(harness.telemetry.of('sweepCompleted')).toEqual([
    { kind: 'sweepCompleted', overdue: 4000, swept: 4000, failed: 0, failedShards: 0, outOfTime: false },
  ]);
});

test('each row that it handles is recorded; one that has ended, though the index still names it, is not counted as swept', async () => {
  const harness = await withOverdue(2);
  const { index } = harness.deps;
  const entries = await index.list(shardOf({ stackId: 'stack-0' }), { limit: 1 });
  await harness.command({ command: 'CancelOperation', stackId: 'stack-0', operationId: 'op-1' });
  harness.telemetry.observations.length = 0;
  harness.deps.index = {
    list: async (shard, query) =>
      shard === shardOf({ stackId: 'stack-0' }) ? { ...entries, more: false } : index.list(shard, query),
  };
  await sweep(harness.deps, 'sweep-1');
  expect(harness.telemetry.of('wakeUp').map(({ outcome, subject }) => [outcome, subject])).toStrictEqual([
    ['stale', { stackId: 'stack-0', operationId: 'op-1', generation: 1 }],
    ['fired', { stackId: 'stack-1', operationId: 'op-1', generation: 1 }],
  ]);
  expect(harness.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 2, swept: 1, outOfTime: false }]);
});

test('with nothing to do it was in time', async () => {
  const harness = new TestHarness();
  await sweep(harness.deps, 'sweep-1');
  expect(harness.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 0, outOfTime: false }]);
});

test('the lease outlasts the budget: nobody else sweeps meanwhile', async () => {
  const harness = new TestHarness();
  const { lease } = harness.deps;
  const until: number[] = [];
  harness.deps.lease = {
    release: lease.release.bind(lease),
    acquire: async (holder, now, end) => {
      until.push(end - now);
      return lease.acquire(holder, now, end);
    },
  };
  await sweep(harness.deps, 'sweep-1');
  expect(until).toEqual([harness.deps.budget + 20_000]);
});

test('leaves alone what is not overdue by more than the grace time', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  harness.clock.advance(60_000 + harness.deps.grace);
  await sweep(harness.deps, 'sweep-1');
  expect(endedInOrder(harness)).toEqual([]);
  harness.clock.advance(1);
  await sweep(harness.deps, 'sweep-2');
  expect(endedInOrder(harness)).toEqual(['stack-1']);
});

test('ends with its budget, gives the lease back, and the next one goes on with the oldest', async () => {
  const harness = await withOverdue(200);
  const { store } = harness.deps;
  harness.deps.store = {
    load: store.load.bind(store),
    loadMany: store.loadMany.bind(store),
    save: (row, seen) => {
      harness.clock.advance(1000);
      return store.save(row, seen);
    },
  };
  await sweep(harness.deps, 'sweep-1');
  const [first] = harness.telemetry.of('sweepCompleted');
  expect(first?.outOfTime).toBe(true);
  const done = endedInOrder(harness).length;
  expect(done).toBeGreaterThanOrEqual(35);
  expect(done).toBeLessThan(35 + 2 * 16);

  await sweep(harness.deps, 'sweep-2');
  expect(harness.telemetry.of('sweepSkipped')).toEqual([]);
  expect(endedInOrder(harness)).toEqual(
    Array.from({ length: endedInOrder(harness).length }, (_, n) => `stack-${n}`),
  );
});

test('without any budget it handles nothing', async () => {
  const harness = await withOverdue(3);
  harness.deps.budget = 0;
  await sweep(harness.deps, 'sweep-1');
  expect(harness.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 0, outOfTime: true }]);
});

test('a row that fails does not keep the others from being ended; the sweep says so', async () => {
  const harness = await withOverdue(50);
  const { store } = harness.deps;
  harness.deps.store = {
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
    load: async (stackId) => {
      if (stackId === 'stack-7') throw new Error('of a schema version from the future');
      return store.load(stackId);
    },
  };
  await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow('1 of 50 overdue rows failed');
  expect(endedInOrder(harness)).toHaveLength(49);
  expect(harness.telemetry.of('failed')).toMatchObject([{ subject: { stackId: 'stack-7' } }]);
  expect(harness.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 50, swept: 49, failed: 1 }]);
});

test('never puts anything on the timer queue', async () => {
  const harness = await withOverdue(20);
  await sweep(harness.deps, 'sweep-1');
  expect(harness.queue.messages).toEqual([]);
});

test('a shard that cannot be read does not keep the others from being swept; the sweep says so', async () => {
  const harness = await withOverdue(200);
  const { index } = harness.deps;
  harness.deps.index = {
    list: async (shard, query) => {
      if (shard === 'S3') throw new Error('throttled');
      return index.list(shard, query);
    },
  };
  await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow('1 shards');
  const left = [...harness.table.rows.values()].filter(({ status }) => status === 'IN_PROGRESS');
  expect(left.length).toBeGreaterThan(0);
  for (const { stackId } of left) expect(shardOf({ stackId })).toBe('S3');
  expect(harness.telemetry.of('shardFailed')).toMatchObject([{ shard: 'S3' }]);
  const swept = 200 - left.length;
  expect(harness.telemetry.of('sweepCompleted')).toMatchObject([
    { failedShards: 1, overdue: swept, swept, failed: 0 },
  ]);
});

test('a sweep that cannot read a single shard has not been completed', async () => {
  const harness = await withOverdue(1);
  harness.deps.index = { list: () => Promise.reject(new Error('throttled')) };
  await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow(`${SHARDS.length} shards`);
  expect(harness.telemetry.of('sweepCompleted')).toEqual([]);
});

test('rows are handled 16 at once', async () => {
  const harness = await withOverdue(60);
  const { store } = harness.deps;
  let [underWay, most] = [0, 0];
  harness.deps.store = {
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
    load: async (stackId) => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      return store.load(stackId);
    },
  };
  await sweep(harness.deps, 'sweep-1');
  expect(most).toBe(16);
});

describe('a stack whose rows cannot be read', () => {
  /** Calls hang as long as a client's attempts take together, under a clock that the calls move. */
  const HANG = 3200;

  /** The overdue rows of each stack, oldest stack first. */
  async function withActions(stacks: Record<string, number>): Promise<TestHarness> {
    const harness = new TestHarness();
    for (const [stackId, count] of Object.entries(stacks)) {
      await harness.start(stackId, 1_000_000);
      for (let n = 0; n < count; n++) {
        await resourceAction(harness, `r-${n}`, stackId).dispatch({ scheduleToStartSeconds: 60 });
      }
      harness.clock.advance(1000);
    }
    harness.clock.advance(200_000);
    return harness;
  }

  /** From now on reading the rows of these stacks hangs, 16 at a time, and fails. */
  function hang(harness: TestHarness, isBad: (stackId: string) => boolean): void {
    const { resources } = harness.deps;
    let hanging = 0;
    harness.deps.resources = {
      ...resources,
      loadWithStack: async (stackId, resource) => {
        if (!isBad(stackId)) return resources.loadWithStack(stackId, resource);
        if (hanging++ % 16 === 0) harness.clock.advance(HANG);
        throw new Error('TimeoutError');
      },
    };
  }

  const phaseOf = (harness: TestHarness, stackId: string) =>
    [...harness.table.resourceRows.values()].filter(
      (row) => row.stackId === stackId && row.status === 'FAILED',
    );

  test('does not keep a healthy one waiting, however many rows it has', async () => {
    const harness = await withActions({ hot: 300, healthy: 1 });
    hang(harness, (stackId) => stackId === 'hot');
    await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow('overdue rows failed');
    expect(phaseOf(harness, 'healthy')).toHaveLength(1);
  });

  test('is remembered by the next sweep: many such stacks keep no healthy one waiting for more than one', async () => {
    const bad = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`bad-${n}`, 1]));
    const harness = await withActions({ ...bad, healthy: 1 });
    hang(harness, (stackId) => stackId.startsWith('bad'));
    await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow('overdue rows failed');
    expect(harness.telemetry.of('sweepCompleted').at(-1)).toMatchObject({ outOfTime: true });
    expect(phaseOf(harness, 'healthy')).toHaveLength(0);
    await expect(sweep(harness.deps, 'sweep-2')).rejects.toThrow('overdue rows failed');
    expect(phaseOf(harness, 'healthy')).toHaveLength(1);
  });

  test('has its turn in each sweep, one row of each such stack first; one that recovers is done at once', async () => {
    const harness = await withActions({ hot: 300, recovers: 2 });
    hang(harness, () => true);
    await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow('overdue rows failed');
    harness.deps.resources = harness.table.resources;
    hang(harness, (stackId) => stackId === 'hot');
    await expect(sweep(harness.deps, 'sweep-2')).rejects.toThrow('overdue rows failed');
    expect(phaseOf(harness, 'recovers')).toHaveLength(2);
  });

  test('one row that fails does not keep the others of its stack from being ended', async () => {
    const harness = await withActions({ hot: 50 });
    const { resources } = harness.deps;
    harness.deps.resources = {
      ...resources,
      loadWithStack: async (stackId, resource) => {
        if (resource === 'r-0') throw new Error('of a schema version from the future');
        return resources.loadWithStack(stackId, resource);
      },
    };
    await expect(sweep(harness.deps, 'sweep-1')).rejects.toThrow('1 of 50 overdue rows failed');
    expect(phaseOf(harness, 'hot')).toHaveLength(49);
  });
});
