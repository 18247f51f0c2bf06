/** P2, P13: what has ended in an operation is kept until that ends too, and expires from then on. */
import { beforeEach, expect, test } from 'vitest';
import type { ResourceStore } from '../../../../lambdas/ports/ports.ts';
import { resourceAction } from '../../../support/resources.ts';
import { World } from '../../../support/world.ts';

const DAY = 86_400_000;

let world: World;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  world = new World();
  world.deps.retention = DAY;
  await world.start('stack-1', 3 * 86_400);
  server = resourceAction(world);
  await server.dispatch({ input: 1 });
  await server.claim();
  await server.complete({ output: { address: '10.0.0.7' } });
  await world.tick();
});

const getStack = () => world.command({ command: 'GetStack', stackId: 'stack-1' });
const endOperation = () =>
  world.command({
    command: 'CompleteOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    status: 'COMPLETE',
  });
const expiryOf = (resource: string) => {
  const row = world.table.resourceRows.get(`stack-1\n${resource}`);
  return row && 'expiresAt' in row ? row.expiresAt : undefined;
};
const payloads = () => [...world.table.payloads.values()].map(({ expiresAt }) => expiresAt);

async function pass(milliseconds: number): Promise<void> {
  world.clock.advance(milliseconds);
  await world.tick();
}

test('while the operation runs: listed, with its output, and not done again', async () => {
  await pass(2 * DAY);
  expect(await getStack()).toMatchObject({
    ok: true,
    resources: [{ resource: 'server', status: 'COMPLETE' }],
  });
  expect(await server.get()).toMatchObject({ ok: true, output: { address: '10.0.0.7' } });
  expect(await server.dispatch({ input: 1 })).toMatchObject({ ok: true, resource: { status: 'COMPLETE' } });
  expect(await server.complete({ output: { address: '10.0.0.7' } })).toMatchObject({ ok: true });
  await world.tick();
  expect(server.published()).toEqual(['QUEUED 1', 'RUNNING 1', 'COMPLETE 1 REPORTED']);
  expect(payloads()).toEqual([undefined, undefined]);
});

test('however often the operation is extended', async () => {
  for (let year = 0; year < 4; year++) {
    await world.extend('stack-1', 365 * 86_400);
    await pass(364 * DAY);
  }
  expect(await server.dispatch({ input: 1 })).toMatchObject({ ok: true, resource: { status: 'COMPLETE' } });
});

test('it expires the retention time after the operation has ended, and all that belongs to it', async () => {
  await pass(2 * DAY);
  await endOperation();
  await world.tick();
  const expiresAt = world.clock.now() + DAY;
  expect(expiryOf('server')).toBe(expiresAt);
  expect(payloads()).toEqual([expiresAt, expiresAt]);
  await pass(DAY - 1);
  expect(await server.get()).toMatchObject({ ok: true, output: { address: '10.0.0.7' } });
  await pass(1);
  expect(await getStack()).toMatchObject({ error: { code: 'StackNotFound' } });
  expect(await server.get()).toMatchObject({ ok: false });
});

test('so it does when the operation times out', async () => {
  await pass(3 * DAY);
  await world.run(61);
  expect(world.table.rows.get('stack-1')).toMatchObject({ cause: 'TIMEOUT' });
  expect(expiryOf('server')).toBeLessThanOrEqual(world.clock.now() + DAY);
});

test('a cascade that failed comes again, and lets it expire: the row last', async () => {
  const broken = (method: 'expire' | 'expirePayloads'): ResourceStore => ({
    ...world.table.resources,
    [method]: async () => {
      throw new Error('throttled');
    },
  });
  await endOperation();
  world.deps.resources = broken('expirePayloads');
  await world.tick();
  expect(expiryOf('server')).toBeGreaterThan(world.clock.now() + 365 * DAY);
  world.deps.resources = broken('expire');
  await pass(5000);
  world.deps.resources = world.table.resources;
  await pass(5000);
  const expiresAt = world.clock.now() + DAY;
  expect(expiryOf('server')).toBe(expiresAt);
  expect(payloads()).toEqual([expiresAt, expiresAt]);
});

/** A resource action that an engine works on when the operation ends; nobody has carried that to it yet. */
async function atWorkWhenItEnds() {
  const late = resourceAction(world, 'late');
  await late.dispatch();
  await late.claim();
  await world.tick();
  await endOperation();
  return late;
}

test('a report that comes after the end, but before the cascade: the row expires', async () => {
  const late = await atWorkWhenItEnds();
  expect(await late.complete({ output: 3 })).toMatchObject({ ok: true });
  await world.tick();
  expect(late.row()).toMatchObject({ status: 'COMPLETE', expiresAt: world.clock.now() + DAY });
  expect(payloads()).toEqual([1, 2, 3].map(() => world.clock.now() + DAY));
});

test('a report that comes while the cascade is about to cancel it: the row expires', async () => {
  const late = await atWorkWhenItEnds();
  world.deps.resources = {
    ...world.table.resources,
    async list(operation, page) {
      const found = await world.table.resources.list(operation, page);
      await late.complete({ output: 3 });
      return found;
    },
  };
  await world.tick();
  expect(late.row()).toMatchObject({ status: 'COMPLETE', expiresAt: world.clock.now() + DAY });
  expect(payloads()).toEqual([1, 2, 3].map(() => world.clock.now() + DAY));
});

test('one of the next operation that took its place is not touched', async () => {
  await world.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
  const request = {
    command: 'DispatchResource',
    stackId: 'stack-1',
    operationId: 'op-2',
    resource: 'server',
  };
  await world.command({ ...request, action: 'UPDATE', startToCloseSeconds: 60 });
  const claim = { stackId: 'stack-1', operationId: 'op-2', resource: 'server', attempt: 1, claimId: 'c' };
  await world.command({ command: 'ClaimResource', ...claim, engineId: 'e' });
  await world.command({ command: 'CompleteResource', ...claim, status: 'COMPLETE', output: 4 });
  await world.tick();
  expect(expiryOf('server')).toBeGreaterThan(world.clock.now() + 365 * DAY);
  expect(world.table.payloads.get('input\nstack-1\nserver')?.expiresAt).toBe(world.clock.now() + DAY);
  expect(world.table.payloads.get('output\nstack-1\nserver')?.expiresAt).toBeUndefined();
});
