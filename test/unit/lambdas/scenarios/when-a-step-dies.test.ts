/**
 * The design's table "When a step dies", row by row: the step dies through a faulty port, and the operation still
 * ends as it should, with no engine alive.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { Death, dying } from '../../../support/faulty.ts';
import { World } from '../../../support/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

const stack = () => world.table.rows.get('stack-1');
const endIsTimeout = { status: 'FAILED', cause: 'TIMEOUT' };

/** The operation timed out once, not early, and at most this many milliseconds late. */
function expectTimedOut(maxLateness: number): void {
  expect(stack()).toMatchObject(endIsTimeout);
  const fired = world.telemetry.of('wakeUp').filter(({ outcome }) => outcome === 'fired');
  expect(world.table.stream.filter(({ after }) => after.change === 'TIMEOUT')).toHaveLength(1);
  for (const { lateness } of fired) {
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(lateness).toBeLessThanOrEqual(maxLateness);
  }
}

const publishedStatuses = () => world.bus.published.map(({ status, cause }) => cause ?? status);

test.each([
  ['the near path', 60],
  ['a schedule', 600],
])('nothing dies: %s ends the operation in time', async (_, timeoutSeconds) => {
  await world.start('stack-1', timeoutSeconds);
  await world.run(timeoutSeconds - 1);
  expect(stack()?.status).toBe('IN_PROGRESS');
  await world.run(2);
  expectTimedOut(1000);
  expect(publishedStatuses()).toEqual(['IN_PROGRESS', 'TIMEOUT']);
  expect(world.schedules.schedules.size).toBe(0);
});

describe('command', () => {
  test('dies before the write: nothing happened', async () => {
    const { store } = world.deps;
    world.deps.store = dying(store, 'save', 'before');
    await expect(world.start('stack-1', 60)).rejects.toThrow(Death);
    expect(world.table.rows.size).toBe(0);
    expect(world.table.stream).toEqual([]);

    expect(await world.start('stack-1', 60)).toMatchObject({ ok: true, stack: { version: 1 } });
  });

  test('dies after the write, before the answer: the stream carries on, the retry finds its own operation', async () => {
    const { store } = world.deps;
    world.deps.store = dying(store, 'save', 'after');
    await expect(world.start('stack-1', 60)).rejects.toThrow(Death);

    expect(await world.start('stack-1', 60)).toMatchObject({ ok: true, stack: { version: 1 } });
    await world.run(61);
    expectTimedOut(1000);
  });

  test('dies after completing: the retry gets ok, and nothing touches the row any more', async () => {
    await world.start('stack-1', 60);
    const { store } = world.deps;
    world.deps.store = dying(store, 'save', 'after');
    const complete = {
      command: 'CompleteOperation',
      stackId: 'stack-1',
      operationId: 'op-1',
      status: 'COMPLETE',
    };
    await expect(world.command(complete)).rejects.toThrow(Death);

    expect(await world.command(complete)).toMatchObject({
      ok: true,
      stack: { status: 'COMPLETE', version: 2 },
    });
    await world.run(120);
    expect(stack()).toMatchObject({ status: 'COMPLETE', version: 2 });
  });
});

describe('arm', () => {
  test.each(['before', 'after'] as const)('dies %s sending a delayed message', async (when) => {
    const { queue } = world.deps;
    world.deps.queue = dying(queue, 'send', when);
    await world.start('stack-1', 60);
    await world.run(61);
    expectTimedOut(1000);
  });

  test.each(['before', 'after'] as const)('dies %s creating a schedule', async (when) => {
    const { schedules } = world.deps;
    world.deps.schedules = dying(schedules, 'create', when);
    await world.start('stack-1', 600);
    await world.run(601);
    expectTimedOut(1000);
  });

  test.each(['before', 'after'] as const)('dies %s deleting a schedule', async (when) => {
    const { schedules } = world.deps;
    world.deps.schedules = dying(schedules, 'delete', when);
    await world.start('stack-1', 600);
    await world.tick();
    await world.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
    await world.run(1);
    expect(world.schedules.schedules.size).toBe(0);
  });

  test('one bad schedule in a batch does not keep the others from being armed', async () => {
    const { schedules } = world.deps;
    world.deps.schedules = dying(schedules, 'create', 'before', () => true);
    await world.start('stack-1', 600);
    await world.start('stack-2', 60);
    await world.tick();
    expect(world.queue.messages.map(({ body }) => JSON.parse(body).stackId)).toContain('stack-2');
  });

  test('is dead for good: the sweep fires every timeout', async () => {
    world.alive.arm = false;
    await world.start('stack-1', 60);
    await world.start('stack-2', 600);
    await world.run(60 + 30 + 60);
    expectTimedOut(90_000);
    await world.run(540);
    expect(world.table.rows.get('stack-2')).toMatchObject(endIsTimeout);
  });
});

describe('effects', () => {
  test.each(['before', 'after'] as const)(
    'dies %s publishing: it is published at least once, with one id',
    async (when) => {
      const { bus } = world.deps;
      world.deps.bus = dying(bus, 'publish', when, (call) => call <= 3);
      await world.start('stack-1', 60);
      await world.run(65);
      const ids = world.bus.published.map(({ id }) => id);
      expect(new Set(ids)).toEqual(new Set(['stack-1/op-1//1/START', 'stack-1/op-1//2/TIMEOUT']));
    },
  );

  test('is dead: timeouts fire all the same, and what it missed is published when it is back', async () => {
    world.alive.effects = false;
    await world.start('stack-1', 60);
    await world.run(61);
    expectTimedOut(1000);
    expect(world.bus.published).toEqual([]);

    world.alive.effects = true;
    await world.tick();
    expect(publishedStatuses()).toEqual(['IN_PROGRESS', 'TIMEOUT']);
  });
});

describe('EventBridge Scheduler', () => {
  test('refuses (throttled, or down): counted, and the sweep fires it', async () => {
    world.deps.schedules = { create: async () => 'unavailable', delete: async () => 'unavailable' };
    await world.start('stack-1', 600);
    await world.run(600 + 30 + 60);
    expectTimedOut(90_000);
    expect(world.telemetry.of('unarmed')).toHaveLength(1);
    expect(world.telemetry.of('wakeUp').map(({ by }) => by)).toEqual(['sweep']);
  });

  test('loses a schedule: the sweep fires it', async () => {
    await world.start('stack-1', 600);
    await world.tick();
    world.schedules.schedules.clear();
    await world.run(600 + 30 + 60);
    expectTimedOut(90_000);
  });

  test('is down while the timer comes due: the sweep fires it, and the late wake-up changes nothing', async () => {
    await world.start('stack-1', 600);
    await world.tick();
    world.alive.scheduler = false;
    await world.run(600 + 30 + 60);
    expectTimedOut(90_000);
    const [schedule] = world.schedules.schedules.values();
    expect(schedule, 'arm took the schedule of the ended operation away').toBeUndefined();
  });

  test('fires a minute late: lead covers it', async () => {
    await world.start('stack-1', 600);
    await world.tick();
    const [schedule] = world.schedules.schedules.values();
    world.alive.scheduler = false;
    await world.run(600 - 75 + 60);
    world.alive.scheduler = true;
    expect(schedule).toBeDefined();
    await world.run(16);
    expectTimedOut(1000);
    expect(world.telemetry.of('wakeUp').map(({ outcome }) => outcome)).toEqual(['early', 'fired']);
  });
});

describe('wake', () => {
  test.each(['before', 'after'] as const)('dies %s its write: SQS delivers again', async (when) => {
    await world.start('stack-1', 60);
    await world.tick();
    const { store } = world.deps;
    world.deps.store = dying(store, 'save', when);
    await world.run(60 + 60 + 2);
    expectTimedOut(61_000);
    const byWake = world.telemetry.of('wakeUp').filter(({ by }) => by === 'wake');
    expect(byWake.map(({ outcome }) => outcome)).toEqual([when === 'before' ? 'fired' : 'stale']);
  });

  test.each(['before', 'after'] as const)('dies %s putting an early wake-up back', async (when) => {
    await world.start('stack-1', 600);
    await world.run(500);
    const { queue } = world.deps;
    world.deps.queue = dying(queue, 'send', when);
    world.alive.sweep = false;
    await world.run(101 + 60);
    expectTimedOut(61_000);
  });

  test('is dead for good: the sweep fires every timeout', async () => {
    world.alive.wake = false;
    await world.start('stack-1', 60);
    await world.run(60 + 30 + 60);
    expectTimedOut(90_000);
  });
});

describe('sweep', () => {
  test('dies holding the lease: the next minute does it', async () => {
    world.alive.arm = false;
    const { store } = world.deps;
    world.deps.store = dying(store, 'load', 'before', (call) => call === 2);
    const { lease } = world.deps;
    world.deps.lease = dying(lease, 'release', 'before');
    await world.start('stack-1', 60);
    await world.run(120);
    expect(stack()?.status).toBe('IN_PROGRESS');
    await world.run(60);
    expectTimedOut(120_000);
  });

  test('two at once: the second one leaves', async () => {
    await world.table.acquire('another', world.clock.now(), world.clock.now() + 55_000);
    await world.run(60);
    expect(world.telemetry.of('sweepSkipped')).toHaveLength(0);
    await world.table.acquire('another', world.clock.now(), world.clock.now() + 115_000);
    await world.run(60);
    expect(world.telemetry.of('sweepSkipped')).toHaveLength(1);
  });
});

test('the table is gone for a while: the queue and the sweep catch up when it is back', async () => {
  await world.start('stack-1', 60);
  await world.tick();
  const { store } = world.deps;
  let down = true;
  world.deps.store = dying(store, 'load', 'before', () => down);
  await world.run(100);
  expect(stack()?.status).toBe('IN_PROGRESS');
  down = false;
  await world.run(90);
  expectTimedOut(130_000);
});

test('all engines are dead: nothing but the service itself ends the operation', async () => {
  await world.start('stack-1', 3600);
  await world.run(3601);
  expectTimedOut(1000);
});
