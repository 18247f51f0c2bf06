/** P13: what a change does to other rows. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RowChange } from '../../../../lambdas/domain/consequences.ts';
import { wholeSecond } from '../../../../lambdas/domain/time.ts';
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

describe('P13: the end of an operation ends what belongs to it', () => {
  test('its resource actions, in every phase; what had ended stays as it was', async () => {
    const [queued, running, done, backoff] = await dispatchMany(3).then((three) => [
      ...three,
      resourceAction(harness, 'flaky'),
    ]);
    await backoff?.dispatch({ retry: { maxAttempts: 2, intervalSeconds: 60, jitter: 'NONE' } });
    for (const one of [running, done, backoff]) await one?.claim();
    await done?.complete();
    await backoff?.complete({ status: 'FAILED' });
    await end();
    await harness.tick();
    for (const one of [queued, running, backoff]) {
      expect(one?.row()).toMatchObject({ status: 'FAILED', cause: 'CANCELLED' });
      expect(one?.published().at(-1)).toBe('FAILED 1 CANCELLED');
    }
    expect(done?.row()).toMatchObject({ status: 'COMPLETE', version: 3 });
    expect(harness.telemetry.of('cascaded')).toMatchObject([
      { subject: { stackId: 'stack-1', operationId: 'op-1' }, resources: 3, children: 0 },
    ]);
  });

  test('more than a page of them', async () => {
    const all = await dispatchMany(1100);
    await harness.tick();
    await end();
    await harness.tick();
    for (const one of all) expect(one.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(harness.telemetry.of('cascaded')).toMatchObject([{ resources: 1100 }]);
  });

  test('its children, and theirs', async () => {
    await child('child', 'stack-1');
    await child('grandchild', 'child');
    const server = resourceAction(harness, 'server', 'grandchild');
    await server.dispatch();
    await harness.tick();
    await end();
    await harness.run(3);
    for (const stackId of ['child', 'grandchild']) {
      expect(stack(stackId)).toMatchObject({ status: 'FAILED', cause: 'CANCELLED', change: 'PARENT_ENDED' });
    }
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(harness.table.childItems.size, 'nobody is remembered as a child').toBe(0);
    expect(harness.schedules.schedules.size).toBe(0);
  });

  test('but not those of another stack, nor of a later operation', async () => {
    const other = resourceAction(harness, 'server', 'stack-2');
    await harness.start('stack-2', 3600);
    await other.dispatch();
    await child('of-stack-2', 'stack-2');
    const server = resourceAction(harness);
    await server.dispatch();
    await child('child', 'stack-1');
    await harness.tick();
    await harness.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
    await child('child', 'stack-1', {
      operationId: 'op-2',
      supersede: true,
      parent: { stackId: 'stack-1', operationId: 'op-2' },
    });
    await harness.run(2);
    expect(server.row()).toMatchObject({ cause: 'CANCELLED', operationId: 'op-1' });
    expect(stack('child')).toMatchObject({ status: 'IN_PROGRESS', operationId: 'op-2' });
    expect(other.row()).toMatchObject({ status: 'IN_PROGRESS' });
    expect(stack('of-stack-2')).toMatchObject({ status: 'IN_PROGRESS' });
    await end('stack-1', 'op-2');
    await harness.run(2);
    expect(stack('child')).toMatchObject({ status: 'FAILED', operationId: 'op-2' });
  });

  test('all of it may be done twice', async () => {
    await child('child', 'stack-1');
    const server = resourceAction(harness);
    await server.dispatch({ input: 1 });
    await server.claim();
    await harness.tick();
    await end();
    await harness.run(2);
    const [stacks, resources] = [new Map(harness.table.rows), new Map(harness.table.resourceRows)];
    for (let times = 0; times < 2; times++) await effects(harness.deps, harness.table.stream);
    expect(harness.table.rows).toEqual(stacks);
    expect(harness.table.resourceRows).toEqual(resources);
    expect(harness.table.childItems.size).toBe(0);
  });
});

describe('what came in too late for the cascade ends all the same', () => {
  test('a resource action', async () => {
    const server = resourceAction(harness);
    // Effects is behind: it handled the end before the dispatch.
    await server.dispatch();
    const [dispatched] = harness.table.stream.splice(1);
    if (dispatched === undefined) throw new Error('no change');
    harness.table.resourceRows.clear();
    await end();
    await harness.tick();
    harness.table.resourceRows.set('stack-1\nserver', dispatched.after as never);
    harness.table.stream.push(dispatched);
    await harness.tick();
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
  });

  test('a child', async () => {
    await child('child', 'stack-1');
    const [started] = harness.table.stream.splice(1);
    if (started === undefined) throw new Error('no change');
    await end();
    await harness.tick();
    expect(stack('child')?.status, 'the cascade did not know it').toBe('IN_PROGRESS');
    harness.table.stream.push(started);
    await harness.run(1);
    expect(stack('child')).toMatchObject({ cause: 'CANCELLED' });
    expect(harness.table.childItems.size).toBe(0);
  });

  test('a child whose end was handled before its start', async () => {
    await child('child', 'stack-1');
    const [started] = harness.table.stream.splice(1);
    if (started === undefined) throw new Error('no change');
    await end('child');
    await harness.tick();
    harness.table.stream.push(started);
    await harness.tick();
    expect(harness.table.childItems.size).toBe(0);
  });

  test('a child whose parent was shortened meanwhile is shortened, too', async () => {
    await child('child', 'stack-1');
    const [started] = harness.table.stream.splice(1);
    if (started === undefined) throw new Error('no change');
    await harness.extend('stack-1', 60);
    await harness.tick();
    harness.table.stream.push(started);
    await harness.tick();
    expect(stack('child')).toMatchObject({ deadline: harness.clock.now() + 60_000, change: 'SHORTEN' });
  });
});

test('what is told of again, long after it: a child keeps the time that it was given since', async () => {
  await child('child', 'stack-1');
  await harness.tick();
  await harness.extend('stack-1', 200);
  const shortened = harness.table.stream.filter(({ after }) => after.change === 'SHORTEN');
  await harness.tick();
  await harness.extend('stack-1', 1800);
  expect(await harness.extend('child', 1700)).toMatchObject({ ok: true });
  await effects(harness.deps, shortened);
  expect(stack('child')).toMatchObject({ deadline: harness.clock.now() + 1_700_000, change: 'EXTEND' });
});

describe('that a stack is a child expires the retention time after the deadline of the child', () => {
  const expiries = () => [...harness.table.childItems.values()].map(({ expiresAt }) => expiresAt);
  const afterDeadline = () => wholeSecond((stack('child')?.deadline ?? 0) + harness.deps.retention);

  test('since its end may never be told of: the table was restored, or the child added too late', async () => {
    await child('child', 'stack-1');
    await harness.tick();
    expect(expiries()).toEqual([afterDeadline()]);
  });

  test('later if the child is extended, and no earlier if an old record comes again', async () => {
    await child('child', 'stack-1', { timeoutSeconds: 60 });
    const started = [...harness.table.stream];
    await harness.extend('child', 3000);
    await harness.tick();
    await effects(harness.deps, started);
    expect(expiries()).toEqual([afterDeadline()]);
  });
});

test("a parent's deadline that becomes earlier takes those of all below with it", async () => {
  await child('child', 'stack-1');
  await child('grandchild', 'child');
  await child('soon', 'stack-1', { timeoutSeconds: 30 });
  await harness.tick();
  await harness.extend('stack-1', 60);
  await harness.run(2);
  const deadline = stack()?.deadline;
  for (const stackId of ['child', 'grandchild']) expect(stack(stackId)).toMatchObject({ deadline });
  expect(stack('soon')).toMatchObject({ change: 'START' });
  await harness.run(60);
  expect(stack('grandchild')?.status).toBe('FAILED');
});

describe('a resource action that has failed for good', () => {
  test('fails its operation, and with it the others', async () => {
    const [server, other] = await dispatchMany(2);
    await server?.claim();
    await server?.complete({ status: 'FAILED', reason: 'no more disks' });
    await harness.run(1);
    expect(stack()).toMatchObject({
      status: 'FAILED',
      cause: 'RESOURCE_FAILED',
      statusReason: 'Resource CREATE failed: server-0: no more disks',
    });
    expect(other?.row()).toMatchObject({ cause: 'CANCELLED' });
    expect(server?.row()).toMatchObject({ cause: 'REPORTED' });
    const published = harness.bus.published.filter((event) => !('resource' in event));
    expect(published.map(({ status, cause }) => cause ?? status)).toEqual(['IN_PROGRESS', 'RESOURCE_FAILED']);
  });

  test('does not, if it was dispatched to go on', async () => {
    const server = resourceAction(harness);
    await server.dispatch({ onFailure: 'CONTINUE' });
    await server.claim();
    await server.complete({ status: 'FAILED' });
    await harness.run(1);
    expect(stack()).toMatchObject({ status: 'IN_PROGRESS' });
  });

  test('does not fail an operation that has ended first', async () => {
    const server = resourceAction(harness);
    await server.dispatch();
    await server.claim();
    await server.complete({ status: 'FAILED' });
    await harness.command({
      command: 'CompleteOperation',
      stackId: 'stack-1',
      operationId: 'op-1',
      status: 'COMPLETE',
    });
    await harness.run(1);
    expect(stack()).toMatchObject({ status: 'COMPLETE' });
  });
});

beforeEach(async () => {
  harness = new TestHarness();
  await harness.start('stack-1', 3600);
});

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

  test('that were replaced, and the table was restored before that was told', async () => {
    const server = resourceAction(harness);
    await server.dispatch({ input: 1 });
    await server.claim();
    await server.complete({ output: 2 });
    const earlier = server.row();
    await harness.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
    await harness.command({ ...dispatch('server', { input: 3 }), operationId: 'op-2' });
    harness.table.stream.splice(0);
    // That of the earlier operation tells late what is over long since.
    for (const after of [server.row(), earlier]) {
      await effects(harness.deps, [{ after } as RowChange]);
      expect(expiry()).toEqual([undefined, harness.clock.now() + harness.deps.retention]);
    }
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

const operation = { stackId: 'stack-1', operationId: 'op-1' };
const complete = { command: 'CompleteOperation', ...operation, status: 'COMPLETE' };
const dispatch = (resource: string, more: object = {}) => ({
  command: 'DispatchResource',
  ...operation,
  resource,
  action: 'CREATE',
  startToCloseSeconds: 30,
  ...more,
});

test('what ended with an operation; nothing if there was nothing', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 600);
  await harness.start('child', 600, { parent: operation });
  await harness.command(dispatch('server'));
  await harness.tick();
  await harness.command(complete);
  await harness.tick();
  expect(harness.telemetry.of('cascaded')).toEqual([
    { kind: 'cascaded', subject: operation, resources: 1, children: 1 },
  ]);
});
