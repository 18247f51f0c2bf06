/** What use cases put on record: logs and metrics are made of it. */
import { expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';

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

test('whether a request has changed the row', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.start('stack-1', 60);
  await harness.command({ command: 'GetStack', stackId: 'stack-1' });
  await harness.command(dispatch('server'));
  await harness.command(dispatch('server'));
  await harness.command({ command: 'GetResource', stackId: 'stack-1', resource: 'server' });
  await harness.command(complete);
  await harness.command(complete);
  const accepted = harness.telemetry.of('accepted');
  expect(accepted.map(({ subject, written }) => [subject.command, written])).toEqual([
    ['StartOperation', true],
    ['StartOperation', false],
    ['GetStack', false],
    ['DispatchResource', true],
    ['DispatchResource', false],
    ['GetResource', false],
    ['CompleteOperation', true],
    ['CompleteOperation', false],
  ]);
});

test('how many stacks were listed; a token that is none is a refusal', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.start('stack-2', 60);
  harness.telemetry.observations.length = 0;
  await harness.command({ command: 'ListStacks' });
  await harness.command({ command: 'ListStacks', nextToken: 'nonsense' });
  expect(harness.telemetry.observations).toEqual([
    { kind: 'listed', stacks: 2 },
    { kind: 'refused', code: 'ValidationError', reason: expect.stringContaining('nextToken') },
  ]);
});

test('each event that was published, with the generation of its timer', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.tick();
  const published = harness.telemetry.of('published');
  expect(published.map(({ event, generation }) => [event.status, generation])).toEqual([['IN_PROGRESS', 1]]);
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

test('who always loses says which row it was', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.start('child', 60, { parent: operation });
  await harness.command(dispatch('server'));
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
