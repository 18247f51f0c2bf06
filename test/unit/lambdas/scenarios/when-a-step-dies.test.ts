/**
 * The design's table "When a step dies", row by row: the step dies through a faulty port, and the
 * operation still ends as it should, with no engine alive.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { Death, dying } from '../../../support/faulty.ts';
import { TestHarness } from '../../../support/harness.ts';

let harness: TestHarness;
beforeEach(() => {
  harness = new TestHarness();
});

const stack = () => harness.table.rows.get('stack-1');
const endIsTimeout = { status: 'FAILED', cause: 'TIMEOUT' };

/** The operation timed out once, not early, and at most this many milliseconds late. */
function expectTimedOut(maxLateness: number): void {
  expect(stack()).toMatchObject(endIsTimeout);
  const fired = harness.telemetry.of('wakeUp').filter(({ outcome }) => outcome === 'fired');
  expect(harness.table.stream.filter(({ after }) => after.change === 'TIMEOUT')).toHaveLength(1);
  for (const { lateness } of fired) {
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(lateness).toBeLessThanOrEqual(maxLateness);
  }
}

const publishedStatuses = () => harness.bus.published.map(({ status, cause }) => cause ?? status);

test.each([
  ['the near path', 60],
  ['a schedule', 600],
])('nothing dies: %s ends the operation in time', async (_, timeoutSeconds) => {
  await harness.start('stack-1', timeoutSeconds);
  await harness.run(timeoutSeconds - 1);
  expect(stack()?.status).toBe('IN_PROGRESS');
  await harness.run(2);
  expectTimedOut(1000);
  expect(publishedStatuses()).toEqual(['IN_PROGRESS', 'TIMEOUT']);
  expect(harness.schedules.schedules.size).toBe(0);
});

describe('command', () => {
  test('dies before the write: nothing happened', async () => {
    const { store } = harness.deps;
    harness.deps.store = dying(store, 'save', 'before');
    await expect(harness.start('stack-1', 60)).rejects.toThrow(Death);
    expect(harness.table.rows.size).toBe(0);
    expect(harness.table.stream).toEqual([]);

    expect(await harness.start('stack-1', 60)).toMatchObject({ ok: true, stack: { version: 1 } });
  });

  test('dies after the write, before the answer: the stream goes on, the retry finds its own operation', async () => {
    const { store } = harness.deps;
    harness.deps.store = dying(store, 'save', 'after');
    await expect(harness.start('stack-1', 60)).rejects.toThrow(Death);

    expect(await harness.start('stack-1', 60)).toMatchObject({ ok: true, stack: { version: 1 } });
    await harness.run(61);
    expectTimedOut(1000);
  });

  test('dies after completing: the retry gets ok, and nothing touches the row any more', async () => {
    await harness.start('stack-1', 60);
    const { store } = harness.deps;
    harness.deps.store = dying(store, 'save', 'after');
    const complete = {
      command: 'CompleteOperation',
      stackId: 'stack-1',
      operationId: 'op-1',
      status: 'COMPLETE',
    };
    await expect(harness.command(complete)).rejects.toThrow(Death);

    expect(await harness.command(complete)).toMatchObject({
      ok: true,
      stack: { status: 'COMPLETE', version: 2 },
    });
    await harness.run(120);
    expect(stack()).toMatchObject({ status: 'COMPLETE', version: 2 });
  });
});

describe('arm', () => {
  test.each(['before', 'after'] as const)('dies %s sending a delayed message', async (when) => {
    const { queue } = harness.deps;
    harness.deps.queue = dying(queue, 'send', when);
    await harness.start('stack-1', 60);
    await harness.run(61);
    expectTimedOut(1000);
  });

  test.each(['before', 'after'] as const)('dies %s creating a schedule', async (when) => {
    const { schedules } = harness.deps;
    harness.deps.schedules = dying(schedules, 'create', when);
    await harness.start('stack-1', 600);
    await harness.run(601);
    expectTimedOut(1000);
  });

  test.each(['before', 'after'] as const)('dies %s deleting a schedule', async (when) => {
    const { schedules } = harness.deps;
    harness.deps.schedules = dying(schedules, 'delete', when);
    await harness.start('stack-1', 600);
    await harness.tick();
    await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
    await harness.run(1);
    expect(harness.schedules.schedules.size).toBe(0);
  });

  test('one bad schedule in a batch does not keep the others from being armed', async () => {
    const { schedules } = harness.deps;
    harness.deps.schedules = dying(schedules, 'create', 'before', () => true);
    await harness.start('stack-1', 600);
    await harness.start('stack-2', 60);
    await harness.tick();
    expect(harness.queue.messages.map(({ body }) => JSON.parse(body).stackId)).toContain('stack-2');
  });

  test('is dead for good: the sweep fires every timeout', async () => {
    harness.alive.arm = false;
    await harness.start('stack-1', 60);
    await harness.start('stack-2', 600);
    await harness.run(60 + 30 + 60);
    expectTimedOut(90_000);
    await harness.run(540);
    expect(harness.table.rows.get('stack-2')).toMatchObject(endIsTimeout);
  });
});

describe('effects', () => {
  test.each(['before', 'after'] as const)(
    'dies %s publishing: it is published at least once, with one id',
    async (when) => {
      const { bus } = harness.deps;
      harness.deps.bus = dying(bus, 'publish', when, (call) => call <= 3);
      await harness.start('stack-1', 60);
      await harness.run(65);
      const ids = harness.bus.published.map(({ id }) => id);
      expect(new Set(ids)).toEqual(new Set(['stack-1/op-1//1/START', 'stack-1/op-1//2/TIMEOUT']));
    },
  );

  test('is dead: timeouts fire all the same, and what it missed is published when it is back', async () => {
    harness.alive.effects = false;
    await harness.start('stack-1', 60);
    await harness.run(61);
    expectTimedOut(1000);
    expect(harness.bus.published).toEqual([]);

    harness.alive.effects = true;
    await harness.tick();
    expect(publishedStatuses()).toEqual(['IN_PROGRESS', 'TIMEOUT']);
  });
});

describe('EventBridge Scheduler', () => {
  test('refuses (throttled, or down): counted, and the sweep fires it', async () => {
    harness.deps.schedules = { create: async () => 'unavailable', delete: async () => 'unavailable' };
    await harness.start('stack-1', 600);
    await harness.run(600 + 30 + 60);
    expectTimedOut(90_000);
    expect(harness.telemetry.of('unarmed')).toHaveLength(1);
    expect(harness.telemetry.of('wakeUp').map(({ by }) => by)).toEqual(['sweep']);
  });

  test('loses a schedule: the sweep fires it', async () => {
    await harness.start('stack-1', 600);
    await harness.tick();
    harness.schedules.schedules.clear();
    await harness.run(600 + 30 + 60);
    expectTimedOut(90_000);
  });

  test('is down while the timer comes due: the sweep fires it, and the late wake-up changes nothing', async () => {
    await harness.start('stack-1', 600);
    await harness.tick();
    harness.alive.scheduler = false;
    await harness.run(600 + 30 + 60);
    expectTimedOut(90_000);
    harness.alive.scheduler = true;
    await harness.run(1);
    expect(harness.telemetry.of('wakeUp').at(-1)).toMatchObject({ by: 'wake', outcome: 'stale' });
    expect(harness.schedules.schedules.size, 'it has deleted itself').toBe(0);
  });

  test('fires a minute late: lead covers it', async () => {
    await harness.start('stack-1', 600);
    await harness.tick();
    const [schedule] = harness.schedules.schedules.values();
    harness.alive.scheduler = false;
    await harness.run(600 - 75 + 60);
    harness.alive.scheduler = true;
    expect(schedule).toBeDefined();
    await harness.run(16);
    expectTimedOut(1000);
    expect(harness.telemetry.of('wakeUp').map(({ outcome }) => outcome)).toEqual(['early', 'fired']);
  });
});

describe('wake', () => {
  test.each(['before', 'after'] as const)('dies %s its write: SQS delivers again', async (when) => {
    await harness.start('stack-1', 60);
    await harness.tick();
    const { store } = harness.deps;
    harness.deps.store = dying(store, 'save', when);
    await harness.run(60 + 60 + 2);
    expectTimedOut(61_000);
    const byWake = harness.telemetry.of('wakeUp').filter(({ by }) => by === 'wake');
    expect(byWake.map(({ outcome }) => outcome)).toEqual([when === 'before' ? 'fired' : 'stale']);
  });

  test.each(['before', 'after'] as const)('dies %s putting an early wake-up back', async (when) => {
    await harness.start('stack-1', 600);
    await harness.run(500);
    const { queue } = harness.deps;
    harness.deps.queue = dying(queue, 'send', when);
    harness.alive.sweep = false;
    await harness.run(101 + 60);
    expectTimedOut(61_000);
  });

  test('is dead for good: the sweep fires every timeout', async () => {
    harness.alive.wake = false;
    await harness.start('stack-1', 60);
    await harness.run(60 + 30 + 60);
    expectTimedOut(90_000);
  });
});

describe('sweep', () => {
  test('dies holding the lease: the next minute does it', async () => {
    harness.alive.arm = false;
    const { store } = harness.deps;
    harness.deps.store = dying(store, 'load', 'before', (call) => call === 2);
    const { lease } = harness.deps;
    harness.deps.lease = dying(lease, 'release', 'before');
    await harness.start('stack-1', 60);
    await harness.run(120);
    expect(stack()?.status).toBe('IN_PROGRESS');
    await harness.run(60);
    expectTimedOut(120_000);
  });

  test('two at once: the second one leaves', async () => {
    await harness.table.acquire('another', harness.clock.now(), harness.clock.now() + 55_000);
    await harness.run(60);
    expect(harness.telemetry.of('sweepSkipped')).toHaveLength(0);
    await harness.table.acquire('another', harness.clock.now(), harness.clock.now() + 115_000);
    await harness.run(60);
    expect(harness.telemetry.of('sweepSkipped')).toHaveLength(1);
  });
});

test('the table is gone for a while: the queue and the sweep catch up when it is back', async () => {
  await harness.start('stack-1', 60);
  await harness.tick();
  const { store } = harness.deps;
  let down = true;
  harness.deps.store = dying(store, 'load', 'before', () => down);
  await harness.run(100);
  expect(stack()?.status).toBe('IN_PROGRESS');
  down = false;
  await harness.run(90);
  expectTimedOut(130_000);
});

test('all engines are dead: nothing but the service itself ends the operation', async () => {
  await harness.start('stack-1', 3600);
  await harness.run(3601);
  expectTimedOut(1000);
});
