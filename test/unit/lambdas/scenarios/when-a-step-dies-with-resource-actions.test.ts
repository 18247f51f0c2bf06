/**
 * The design's table "When a step dies", for resource actions and child stacks: nothing is lost,
 * nothing stays behind.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { Death, dying } from '../../../support/faulty.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 600);
  await harness.tick();
});

const stack = (stackId = 'stack-1') => harness.table.rows.get(stackId);
const twice = { retry: { maxAttempts: 2, intervalSeconds: 5, jitter: 'NONE' } };
const WHEN = ['before', 'after'] as const;

/** Nothing is left to do: P13. */
function expectAllOver(): void {
  for (const row of [...harness.table.rows.values(), ...harness.table.resourceRows.values()])
    expect(row.status).not.toBe('IN_PROGRESS');
  expect(harness.schedules.schedules.size).toBe(0);
  expect(harness.table.childItems.size).toBe(0);
}

describe('command', () => {
  const life = [
    ['dispatch', () => server.dispatch({ input: 1 })],
    ['claim', () => server.claim()],
    ['release', () => server.release()],
    ['claim of another', () => server.claim('claim-2')],
    ['complete', () => server.complete({ output: 2 }, 'claim-2')],
  ] as const;

  test.each(life.flatMap(([name], step) => WHEN.map((when) => [when, name, step] as const)))(
    'dies %s the write of a %s: the same request again is answered as if nothing had happened',
    async (when, _, step) => {
      for (const [n, [, request]] of life.entries()) {
        if (n === step) {
          const { resources } = harness.deps;
          harness.deps.resources = dying(resources, 'save', when);
          await expect(request()).rejects.toThrow(Death);
        }
        expect(await request()).toMatchObject({ ok: true, resource: { version: n + 1 } });
        await harness.tick();
      }
      expect(await server.get()).toMatchObject({ resource: { status: 'COMPLETE' }, input: 1, output: 2 });
      const published = server.published();
      expect(published).toEqual(['QUEUED 1', 'RUNNING 1', 'QUEUED 1', 'RUNNING 1', 'COMPLETE 1 REPORTED']);
    },
  );

  test.each(WHEN)('dies %s recording a heartbeat: the next one finds its claim', async (when) => {
    await server.dispatch({ heartbeatSeconds: 30 });
    await server.claim();
    harness.deps.resources = dying(harness.deps.resources, 'heartbeat', when);
    await expect(server.heartbeat()).rejects.toThrow(Death);
    expect(await server.heartbeat()).toMatchObject({ ok: true });
  });

  test.each(WHEN)(
    'dies %s the report of the last failure, and its engine with it: the operation fails',
    async (when) => {
      await server.dispatch({ heartbeatSeconds: 30 });
      await server.claim();
      harness.deps.resources = dying(harness.deps.resources, 'save', when);
      await expect(server.complete({ status: 'FAILED' })).rejects.toThrow(Death);
      await harness.run(42);
      expect(stack()).toMatchObject({ status: 'FAILED', cause: 'RESOURCE_FAILED' });
      expect(server.row()).toMatchObject({ cause: when === 'before' ? 'ENGINE_LOST' : 'REPORTED' });
    },
  );
});

describe('the message', () => {
  test('is lost: the work is offered again, and again, until an engine takes it', async () => {
    await server.dispatch();
    await harness.run(59);
    expect(server.published()).toEqual(['QUEUED 1']);
    await harness.run(32);
    expect(server.published()).toEqual(['QUEUED 1', 'QUEUED 1']);
    const ids = harness.bus.published.flatMap((event) => ('resource' in event ? [event.id] : []));
    expect(ids, 'with an id of its own').toEqual([
      'stack-1/op-1/server/1/DISPATCH',
      'stack-1/op-1/server/2/OFFER',
    ]);
    await harness.run(150);
    await server.claim();
    await harness.run(240);
    expect(server.published()).toEqual(['QUEUED 1', 'QUEUED 1', 'QUEUED 1', 'RUNNING 1']);
  });

  test('comes twice: the second engine is refused, and so is one that comes late', async () => {
    await server.dispatch(twice);
    await server.claim();
    expect(await server.claim('claim-2')).toMatchObject({ error: { code: 'NotClaimable' } });
    await server.complete({ status: 'FAILED' });
    await harness.run(6);
    expect(await server.claim('claim-2')).toMatchObject({ error: { code: 'StaleAttempt' } });
  });
});

describe('effects', () => {
  test.each(WHEN)('dies %s publishing work: it is published at least once, with one id', async (when) => {
    harness.deps.bus = dying(harness.deps.bus, 'publish', when, (call) => call <= 3);
    await server.dispatch();
    await harness.run(5);
    expect(new Set(harness.bus.published.map(({ id }) => id)).has('stack-1/op-1/server/1/DISPATCH')).toBe(
      true,
    );
    expect(new Set(server.published())).toEqual(new Set(['QUEUED 1']));
  });

  test.each(WHEN.flatMap((when) => [1, 2, 5, 10].map((call) => [when, call] as const)))(
    'dies %s write %d of a cascade: what is left is done when the batch comes again',
    async (when, call) => {
      const all = Array.from({ length: 10 }, (_, n) => resourceAction(harness, `server-${n}`));
      for (const one of all) await one.dispatch();
      await harness.tick();
      harness.deps.resources = dying(harness.deps.resources, 'save', when, (n) => n === call);
      await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
      await harness.run(3);
      for (const one of all) expect(one.row()).toMatchObject({ cause: 'CANCELLED', version: 2 });
      expectAllOver();
    },
  );

  test.each(WHEN.flatMap((when) => (['add', 'remove'] as const).map((method) => [when, method] as const)))(
    'dies %s the %s of a child: it is known, and then forgotten',
    async (when, method) => {
      harness.deps.children = dying(harness.deps.children, method, when);
      await harness.start('child', 600, { parent: { stackId: 'stack-1', operationId: 'op-1' } });
      await harness.run(2);
      expect(harness.table.childItems.size).toBe(1);
      await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
      await harness.run(3);
      expect(stack('child')).toMatchObject({ cause: 'CANCELLED' });
      expectAllOver();
    },
  );

  test.each(WHEN)('dies %s failing the operation: it fails when the batch comes again', async (when) => {
    await server.dispatch();
    await server.claim();
    await harness.tick();
    harness.deps.store = dying(harness.deps.store, 'save', when);
    await server.complete({ status: 'FAILED' });
    await harness.run(2);
    expect(stack()).toMatchObject({ cause: 'RESOURCE_FAILED', version: 2 });
    expectAllOver();
  });

  test('is dead for good: wake-ups cancel what belongs to an ended operation; a child ends at its own deadline', async () => {
    await harness.start('child', 600, { parent: { stackId: 'stack-1', operationId: 'op-1' } });
    await harness.tick();
    harness.alive.effects = false;
    await server.dispatch();
    const other = resourceAction(harness, 'other');
    await other.dispatch({ heartbeatSeconds: 60 });
    await other.claim();
    await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
    expect(await other.heartbeat(), 'nobody has told the row yet').toMatchObject({ ok: true });
    await harness.run(92);
    for (const one of [server, other]) expect(one.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(await other.heartbeat()).toMatchObject({ error: { code: 'OperationEnded' } });
    await harness.run(600);
    expect(stack('child')).toMatchObject({ cause: 'TIMEOUT' });
    harness.alive.effects = true;
    await harness.run(2);
    expectAllOver();
  });
});

describe('wake', () => {
  test.each(WHEN)('dies %s its write: SQS delivers again, and the attempt ends once', async (when) => {
    await server.dispatch({ startToCloseSeconds: 50, ...twice, onFailure: 'CONTINUE' });
    await server.claim();
    await harness.tick();
    harness.deps.resources = dying(harness.deps.resources, 'save', when);
    harness.alive.sweep = false;
    await harness.run(50 + 61 + 6);
    expect(harness.table.stream.filter(({ after }) => after.change === 'TIMEOUT')).toHaveLength(1);
    expect(server.row()).toMatchObject({ phase: 'QUEUED', attempt: 2 });
  });

  test('is dead for good: the sweep does it all', async () => {
    harness.alive.wake = false;
    await server.dispatch({ startToCloseSeconds: 50, ...twice });
    await server.claim();
    await harness.run(50 + 90);
    expect(server.row()).toMatchObject({ attempt: 2, phase: 'QUEUED' });
    await harness.run(600);
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
    expectAllOver();
  });
});

test('arm is dead for good: the sweep does it all', async () => {
  harness.alive.arm = false;
  await server.dispatch({ scheduleToStartSeconds: 100 });
  await harness.run(100 + 90);
  expect(server.row()).toMatchObject({ cause: 'NO_ENGINE' });
  harness.alive.arm = true;
  await harness.run(2);
  expectAllOver();
});

test('EventBridge Scheduler is down: the sweep does it all', async () => {
  harness.deps.schedules = { create: async () => 'unavailable', delete: async () => 'unavailable' };
  await server.dispatch({ startToCloseSeconds: 300, ...twice });
  await server.claim();
  await harness.run(300 + 90);
  expect(server.row()).toMatchObject({ cause: 'TIMEOUT', attempt: 2 });
});

test('the table is gone for a while: nothing is decided, and all of it catches up', async () => {
  await harness.run(60);
  await server.dispatch({ heartbeatSeconds: 30, ...twice });
  await server.claim();
  await harness.tick();
  let down = true;
  harness.deps.resources = dying(harness.deps.resources, 'loadWithStack', 'before', () => down);
  harness.deps.health = dying(harness.deps.health, 'record', 'before', () => down);
  await harness.run(100);
  expect(server.row()).toMatchObject({ phase: 'RUNNING', version: 2 });
  down = false;
  // The engine has lived on all the time, and could not say so.
  for (let beat = 0; beat < 15; beat++) {
    await harness.run(10);
    expect(await server.heartbeat()).toMatchObject({ ok: true });
  }
  expect(server.row()).toMatchObject({ phase: 'RUNNING', attempt: 1 });
});

test('all engines are dead: nothing but the service itself ends the resource actions, and the operation', async () => {
  const [claimed, ...queued] = ['a', 'b', 'c'].map((name) => resourceAction(harness, name));
  for (const one of [claimed, ...queued])
    await one?.dispatch({ heartbeatSeconds: 30, retry: { maxAttempts: 9 } });
  await claimed?.claim();
  await harness.run(605);
  expect(stack()).toMatchObject({ cause: 'TIMEOUT' });
  expect(claimed?.row()).toMatchObject({ attempt: 2, cause: 'CANCELLED' });
  expectAllOver();
});
