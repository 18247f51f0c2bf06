/** What use cases put on record: logs and metrics are made of it. */
import { expect, test } from 'vitest';
import { World } from '../../../support/world.ts';

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
  const world = new World();
  await world.start('stack-1', 60);
  await world.start('stack-1', 60);
  await world.command({ command: 'GetStack', stackId: 'stack-1' });
  await world.command(dispatch('server'));
  await world.command(dispatch('server'));
  await world.command({ command: 'GetResource', stackId: 'stack-1', resource: 'server' });
  await world.command(complete);
  await world.command(complete);
  const accepted = world.telemetry.of('accepted');
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
  const world = new World();
  await world.start('stack-1', 60);
  await world.start('stack-2', 60);
  world.telemetry.observations.length = 0;
  await world.command({ command: 'ListStacks' });
  await world.command({ command: 'ListStacks', nextToken: 'nonsense' });
  expect(world.telemetry.observations).toEqual([
    { kind: 'listed', stacks: 2 },
    { kind: 'refused', code: 'ValidationError', reason: expect.stringContaining('nextToken') },
  ]);
});

test('each event that was published, with the generation of its timer', async () => {
  const world = new World();
  await world.start('stack-1', 60);
  await world.tick();
  const published = world.telemetry.of('published');
  expect(published.map(({ event, generation }) => [event.status, generation])).toEqual([['IN_PROGRESS', 1]]);
});

test('what ended with an operation; nothing if there was nothing', async () => {
  const world = new World();
  await world.start('stack-1', 600);
  await world.start('child', 600, { parent: operation });
  await world.command(dispatch('server'));
  await world.tick();
  await world.command(complete);
  await world.tick();
  expect(world.telemetry.of('cascaded')).toEqual([
    { kind: 'cascaded', subject: operation, resources: 1, children: 1 },
  ]);
});

test('who always loses says which row it was', async () => {
  const world = new World();
  await world.start('stack-1', 60);
  await world.start('child', 60, { parent: operation });
  await world.command(dispatch('server'));
  const { resources } = world.deps;
  const current = world.table.rows.get('stack-1');
  world.deps.store = {
    ...world.deps.store,
    load: async () => current,
    save: async () => ({ saved: false, current }),
  };
  world.deps.resources = { ...resources, save: async () => false };
  await expect(world.command(complete)).rejects.toThrow(/^stack stack-1: lost 20/);
  await expect(world.extend('stack-1', 5)).rejects.toThrow(/^stack stack-1: lost 20/);
  const claim = { ...operation, resource: 'server', attempt: 1, claimId: 'a' };
  const lost = /^resource action stack-1 server: lost 20/;
  await expect(world.command({ command: 'ClaimResource', engineId: 'e', ...claim })).rejects.toThrow(lost);
  world.deps.resources = resources;
  await world.command({ command: 'ClaimResource', engineId: 'e', ...claim });
  world.deps.resources = { ...resources, save: async () => false };
  await expect(world.command({ command: 'ReleaseResource', ...claim })).rejects.toThrow(lost);
});
