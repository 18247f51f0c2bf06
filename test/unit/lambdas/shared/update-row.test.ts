/** P4, P5: the row of a resource action may be younger than the stack that was read with it. */
import { expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';

const dispatch = {
  command: 'DispatchResource',
  stackId: 'stack-1',
  resource: 'server',
  action: 'CREATE',
  startToCloseSeconds: 600,
};

/**
 * op-2 has superseded op-1, and has dispatched its own server; whoever reads stack and resource
 * action together for the first time finds the stack as it was before. `reads`: how often somebody
 * has.
 */
async function superseded() {
  const harness = new TestHarness();
  await harness.start('stack-1', 3600, { operationId: 'op-1' });
  const before = harness.table.rows.get('stack-1');
  await harness.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
  expect(await harness.command({ ...dispatch, operationId: 'op-2' })).toMatchObject({ ok: true });
  const { resources } = harness.deps;
  const counts = { reads: 0 };
  harness.deps.resources = {
    ...resources,
    async loadWithStack(stackId, resource) {
      const rows = await resources.loadWithStack(stackId, resource);
      return counts.reads++ === 0 ? { ...rows, stack: before } : rows;
    },
  };
  const row = () => harness.table.resourceRows.get('stack-1\nserver');
  return { harness, counts, row };
}

test('a dispatch of the operation before is refused, and takes nothing away', async () => {
  const { harness, row } = await superseded();
  expect(await harness.command({ ...dispatch, operationId: 'op-1' })).toMatchObject({
    ok: false,
    error: { code: 'StaleOperation' },
  });
  expect(row()).toMatchObject({ operationId: 'op-2', phase: 'QUEUED', version: 1 });
});

test('the sweep does not end it', async () => {
  const { harness, row } = await superseded();
  harness.alive.wake = false;
  await harness.run(125);
  expect(row()).toMatchObject({ operationId: 'op-2', phase: 'QUEUED', change: 'OFFER' });
});

test('they are read together once if they are of the same operation', async () => {
  const { harness, counts } = await superseded();
  counts.reads = 1;
  const claim = { command: 'ClaimResource', operationId: 'op-2', attempt: 1, engineId: 'a', claimId: 'a' };
  expect(await harness.command({ ...claim, stackId: 'stack-1', resource: 'server' })).toMatchObject({
    ok: true,
  });
  expect(counts.reads).toBe(2);
});

test('they are read twice, and no more, if the row is of an operation before', async () => {
  const { harness, counts, row } = await superseded();
  await harness.start('stack-1', 3600, { operationId: 'op-3', supersede: true });
  counts.reads = 1;
  expect(await harness.command({ ...dispatch, operationId: 'op-3' })).toMatchObject({ ok: true });
  expect(counts.reads).toBe(3);
  expect(row()).toMatchObject({ operationId: 'op-3', version: 2 });
});

test('who always loses says which row it was', async () => {
  const operation = { stackId: 'stack-1', operationId: 'op-1' };
  const complete = { command: 'CompleteOperation', ...operation, status: 'COMPLETE' };
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.start('child', 60, { parent: operation });
  await harness.command({ ...dispatch, operationId: 'op-1' });
  const { resources } = harness.deps;
  const current = harness.table.rows.get('stack-1');
  harness.deps.store = {
    ...harness.deps.store,
    load: async () => current,
    save: async () => ({ saved: false, current }),
  };
  harness.deps.resources = { ...resources, save: async () => false };
  await expect(harness.command(complete)).rejects.toThrow(/^stack stack-1: lost 20/);
  await expect(harness.extend('stack-1', 5)).rejects.toThrow(/^stack stack-1: lost 20/);
  const claim = { ...operation, resource: 'server', attempt: 1, claimId: 'a' };
  const lost = /^resource action stack-1 server: lost 20/;
  await expect(harness.command({ command: 'ClaimResource', engineId: 'e', ...claim })).rejects.toThrow(lost);
  harness.deps.resources = resources;
  await harness.command({ command: 'ClaimResource', engineId: 'e', ...claim });
  harness.deps.resources = { ...resources, save: async () => false };
  await expect(harness.command({ command: 'ReleaseResource', ...claim })).rejects.toThrow(lost);
});
