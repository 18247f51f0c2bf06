/**
 * P2, P13: what has ended in an operation is kept until that ends too, and expires from then on.
 */
import { beforeEach, expect, test } from 'vitest';
import type { ResourceActionStore } from '../../../../lambdas/ports/stores.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

const DAY = 86_400_000;

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  harness.deps.retention = DAY;
  await harness.start('stack-1', 3 * 86_400);
  server = resourceAction(harness);
  await server.dispatch({ input: 1 });
  await server.claim();
  await server.complete({ output: { address: '10.0.0.7' } });
  await harness.tick();
});

const getStack = () => harness.command({ command: 'GetStack', stackId: 'stack-1' });
const endOperation = () =>
  harness.command({
    command: 'CompleteOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    status: 'COMPLETE',
  });
const expiryOf = (resource: string) => {
  const row = harness.table.resourceRows.get(`stack-1\n${resource}`);
  return row && 'expiresAt' in row ? row.expiresAt : undefined;
};
const payloads = () => [...harness.table.payloads.values()].map(({ expiresAt }) => expiresAt);

async function pass(milliseconds: number): Promise<void> {
  harness.clock.advance(milliseconds);
  await harness.tick();
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
  await harness.tick();
  expect(server.published()).toEqual(['QUEUED 1', 'RUNNING 1', 'COMPLETE 1 REPORTED']);
  expect(payloads()).toEqual([undefined, undefined]);
});

test('however often the operation is extended', async () => {
  for (let year = 0; year < 4; year++) {
    await harness.extend('stack-1', 365 * 86_400);
    await pass(364 * DAY);
  }
  expect(await server.dispatch({ input: 1 })).toMatchObject({ ok: true, resource: { status: 'COMPLETE' } });
});

test('it expires the retention time after the operation has ended, and all that belongs to it', async () => {
  await pass(2 * DAY);
  await endOperation();
  await harness.tick();
  const expiresAt = harness.clock.now() + DAY;
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
  await harness.run(61);
  expect(harness.table.rows.get('stack-1')).toMatchObject({ cause: 'TIMEOUT' });
  expect(expiryOf('server')).toBeLessThanOrEqual(harness.clock.now() + DAY);
});

test('a cascade that failed comes again, and lets it expire: the row last', async () => {
  const broken = (method: 'expire' | 'expirePayloads'): ResourceActionStore => ({
    ...harness.table.resources,
    [method]: async () => {
      throw new Error('throttled');
    },
  });
  await endOperation();
  harness.deps.resources = broken('expirePayloads');
  await harness.tick();
  expect(expiryOf('server')).toBeGreaterThan(harness.clock.now() + 365 * DAY);
  harness.deps.resources = broken('expire');
  await pass(5000);
  harness.deps.resources = harness.table.resources;
  await pass(5000);
  const expiresAt = harness.clock.now() + DAY;
  expect(expiryOf('server')).toBe(expiresAt);
  expect(payloads()).toEqual([expiresAt, expiresAt]);
});

/**
 * A resource action that an engine works on when the operation ends; effects has not cancelled it
 * yet.
 */
async function atWorkWhenItEnds() {
  const late = resourceAction(harness, 'late');
  await late.dispatch();
  await late.claim();
  await harness.tick();
  await endOperation();
  return late;
}

test('a report that comes after the end, but before the cascade: the row expires', async () => {
  const late = await atWorkWhenItEnds();
  expect(await late.complete({ output: 3 })).toMatchObject({ ok: true });
  await harness.tick();
  expect(late.row()).toMatchObject({ status: 'COMPLETE', expiresAt: harness.clock.now() + DAY });
  expect(payloads()).toEqual([1, 2, 3].map(() => harness.clock.now() + DAY));
});

test('a report that comes while the cascade is about to cancel it: the row expires', async () => {
  const late = await atWorkWhenItEnds();
  harness.deps.resources = {
    ...harness.table.resources,
    async list(operation, page) {
      const found = await harness.table.resources.list(operation, page);
      await late.complete({ output: 3 });
      return found;
    },
  };
  await harness.tick();
  expect(late.row()).toMatchObject({ status: 'COMPLETE', expiresAt: harness.clock.now() + DAY });
  expect(payloads()).toEqual([1, 2, 3].map(() => harness.clock.now() + DAY));
});

test('one of the next operation that took its place is not touched', async () => {
  await harness.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
  const request = {
    command: 'DispatchResource',
    stackId: 'stack-1',
    operationId: 'op-2',
    resource: 'server',
  };
  await harness.command({ ...request, action: 'UPDATE', startToCloseSeconds: 60 });
  const claim = { stackId: 'stack-1', operationId: 'op-2', resource: 'server', attempt: 1, claimId: 'c' };
  await harness.command({ command: 'ClaimResource', ...claim, engineId: 'e' });
  await harness.command({ command: 'CompleteResource', ...claim, status: 'COMPLETE', output: 4 });
  await harness.tick();
  expect(expiryOf('server')).toBeGreaterThan(harness.clock.now() + 365 * DAY);
  expect(harness.table.payloads.get('input\nstack-1\nserver')?.expiresAt).toBe(harness.clock.now() + DAY);
  expect(harness.table.payloads.get('output\nstack-1\nserver')?.expiresAt).toBeUndefined();
});
