import { beforeEach, describe, expect, test } from 'vitest';
import { effects } from '../../../../lambdas/effects/effects.ts';
import { resourceAction } from '../../../support/resources.ts';
import { World } from '../../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.start('stack-1', 3600);
});

const stack = (stackId = 'stack-1') => world.table.rows.get(stackId);
const end = (stackId = 'stack-1', operationId = 'op-1') =>
  world.command({ command: 'CancelOperation', stackId, operationId });
const child = (stackId: string, parentId: string, more: object = {}) =>
  world.start(stackId, 3600, { parent: { stackId: parentId, operationId: 'op-1' }, ...more });

async function dispatchMany(count: number): Promise<ReturnType<typeof resourceAction>[]> {
  const all = Array.from({ length: count }, (_, n) => resourceAction(world, `server-${n}`));
  for (const one of all) await one.dispatch();
  return all;
}

describe('P13: the end of an operation ends what belongs to it', () => {
  test('its resource actions, in every phase; what had ended stays as it was', async () => {
    const [queued, running, done, backoff] = await dispatchMany(3).then((three) => [
      ...three,
      resourceAction(world, 'flaky'),
    ]);
    await backoff?.dispatch({ retry: { maxAttempts: 2, intervalSeconds: 60, jitter: 'NONE' } });
    for (const one of [running, done, backoff]) await one?.claim();
    await done?.complete();
    await backoff?.complete({ status: 'FAILED' });
    await end();
    await world.tick();
    for (const one of [queued, running, backoff]) {
      expect(one?.row()).toMatchObject({ status: 'FAILED', cause: 'CANCELLED' });
      expect(one?.published().at(-1)).toBe('FAILED 1 CANCELLED');
    }
    expect(done?.row()).toMatchObject({ status: 'COMPLETE', version: 3 });
    expect(world.telemetry.of('cascaded')).toMatchObject([
      { subject: { stackId: 'stack-1', operationId: 'op-1' }, resources: 3, children: 0 },
    ]);
  });

  test('more than a page of them', async () => {
    const all = await dispatchMany(1100);
    await world.tick();
    await end();
    await world.tick();
    for (const one of all) expect(one.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(world.telemetry.of('cascaded')).toMatchObject([{ resources: 1100 }]);
  });

  test('its children, and theirs', async () => {
    await child('child', 'stack-1');
    await child('grandchild', 'child');
    const server = resourceAction(world, 'server', 'grandchild');
    await server.dispatch();
    await world.tick();
    await end();
    await world.run(3);
    for (const stackId of ['child', 'grandchild']) {
      expect(stack(stackId)).toMatchObject({ status: 'FAILED', cause: 'CANCELLED', change: 'PARENT_ENDED' });
    }
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(world.table.childItems.size, 'nobody is remembered as a child').toBe(0);
    expect(world.schedules.schedules.size).toBe(0);
  });

  test('but not those of another stack, nor of a later operation', async () => {
    const other = resourceAction(world, 'server', 'stack-2');
    await world.start('stack-2', 3600);
    await other.dispatch();
    await child('of-stack-2', 'stack-2');
    const server = resourceAction(world);
    await server.dispatch();
    await child('child', 'stack-1');
    await world.tick();
    await world.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
    await child('child', 'stack-1', {
      operationId: 'op-2',
      supersede: true,
      parent: { stackId: 'stack-1', operationId: 'op-2' },
    });
    await world.run(2);
    expect(server.row()).toMatchObject({ cause: 'CANCELLED', operationId: 'op-1' });
    expect(stack('child')).toMatchObject({ status: 'IN_PROGRESS', operationId: 'op-2' });
    expect(other.row()).toMatchObject({ status: 'IN_PROGRESS' });
    expect(stack('of-stack-2')).toMatchObject({ status: 'IN_PROGRESS' });
    await end('stack-1', 'op-2');
    await world.run(2);
    expect(stack('child')).toMatchObject({ status: 'FAILED', operationId: 'op-2' });
  });

  test('all of it may be done twice', async () => {
    await child('child', 'stack-1');
    const server = resourceAction(world);
    await server.dispatch({ input: 1 });
    await server.claim();
    await world.tick();
    await end();
    await world.run(2);
    const [stacks, resources] = [new Map(world.table.rows), new Map(world.table.resourceRows)];
    for (let times = 0; times < 2; times++) await effects(world.deps, world.table.stream);
    expect(world.table.rows).toEqual(stacks);
    expect(world.table.resourceRows).toEqual(resources);
    expect(world.table.childItems.size).toBe(0);
  });
});

describe('what came in too late for the cascade ends all the same', () => {
  test('a resource action', async () => {
    const server = resourceAction(world);
    // Effects is behind: the end was carried out before the dispatch was seen.
    await server.dispatch();
    const [dispatched] = world.table.stream.splice(1);
    if (dispatched === undefined) throw new Error('no change');
    world.table.resourceRows.clear();
    await end();
    await world.tick();
    world.table.resourceRows.set('stack-1\nserver', dispatched.after as never);
    world.table.stream.push(dispatched);
    await world.tick();
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
  });

  test('a child', async () => {
    await child('child', 'stack-1');
    const [started] = world.table.stream.splice(1);
    if (started === undefined) throw new Error('no change');
    await end();
    await world.tick();
    expect(stack('child')?.status, 'the cascade did not know it').toBe('IN_PROGRESS');
    world.table.stream.push(started);
    await world.run(1);
    expect(stack('child')).toMatchObject({ cause: 'CANCELLED' });
    expect(world.table.childItems.size).toBe(0);
  });

  test('a child whose own end was carried out before its start', async () => {
    await child('child', 'stack-1');
    const [started] = world.table.stream.splice(1);
    if (started === undefined) throw new Error('no change');
    await end('child');
    await world.tick();
    world.table.stream.push(started);
    await world.tick();
    expect(world.table.childItems.size).toBe(0);
  });

  test('a child whose parent was shortened meanwhile is shortened, too', async () => {
    await child('child', 'stack-1');
    const [started] = world.table.stream.splice(1);
    if (started === undefined) throw new Error('no change');
    await world.extend('stack-1', 60);
    await world.tick();
    world.table.stream.push(started);
    await world.tick();
    expect(stack('child')).toMatchObject({ deadline: world.clock.now() + 60_000, change: 'SHORTEN' });
  });
});

test('what is told of again, long after it: a child keeps the time that it was given since', async () => {
  await child('child', 'stack-1');
  await world.tick();
  await world.extend('stack-1', 200);
  const shortened = world.table.stream.filter(({ after }) => after.change === 'SHORTEN');
  await world.tick();
  await world.extend('stack-1', 1800);
  expect(await world.extend('child', 1700)).toMatchObject({ ok: true });
  await effects(world.deps, shortened);
  expect(stack('child')).toMatchObject({ deadline: world.clock.now() + 1_700_000, change: 'EXTEND' });
});

test("a parent's deadline that becomes earlier takes those of all below with it", async () => {
  await child('child', 'stack-1');
  await child('grandchild', 'child');
  await child('soon', 'stack-1', { timeoutSeconds: 30 });
  await world.tick();
  await world.extend('stack-1', 60);
  await world.run(2);
  const deadline = stack()?.deadline;
  for (const stackId of ['child', 'grandchild']) expect(stack(stackId)).toMatchObject({ deadline });
  expect(stack('soon')).toMatchObject({ change: 'START' });
  await world.run(60);
  expect(stack('grandchild')?.status).toBe('FAILED');
});

describe('a resource action that has failed for good', () => {
  test('fails its operation, and with it the others', async () => {
    const [server, other] = await dispatchMany(2);
    await server?.claim();
    await server?.complete({ status: 'FAILED', reason: 'no more disks' });
    await world.run(1);
    expect(stack()).toMatchObject({
      status: 'FAILED',
      cause: 'RESOURCE_FAILED',
      statusReason: 'Resource CREATE failed: server-0: no more disks',
    });
    expect(other?.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(server?.row()).toMatchObject({ cause: 'REPORTED' });
    const published = world.bus.published.filter((event) => !('resource' in event));
    expect(published.map(({ status, cause }) => cause ?? status)).toEqual(['IN_PROGRESS', 'RESOURCE_FAILED']);
  });

  test('does not, if it was dispatched to go on', async () => {
    const server = resourceAction(world);
    await server.dispatch({ onFailure: 'CONTINUE' });
    await server.claim();
    await server.complete({ status: 'FAILED' });
    await world.run(1);
    expect(stack()).toMatchObject({ status: 'IN_PROGRESS' });
  });

  test('does not fail an operation that has ended first', async () => {
    const server = resourceAction(world);
    await server.dispatch();
    await server.claim();
    await server.complete({ status: 'FAILED' });
    await world.command({
      command: 'CompleteOperation',
      stackId: 'stack-1',
      operationId: 'op-1',
      status: 'COMPLETE',
    });
    await world.run(1);
    expect(stack()).toMatchObject({ status: 'COMPLETE' });
  });
});
