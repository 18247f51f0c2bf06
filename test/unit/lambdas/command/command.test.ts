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

test('what is not needed is not read: a parent, input and output', async () => {
  const harness = new TestHarness();
  await harness.start('parent', 600);
  await harness.start('stack-1', 60, { parent: { stackId: 'parent', operationId: 'op-1' } });
  await harness.command(dispatch('server'));
  const { store, resources } = harness.deps;
  const loaded: string[] = [];
  harness.deps.store = {
    load: (stackId) => {
      loaded.push(stackId);
      return store.load(stackId);
    },
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
  };
  harness.deps.resources = {
    ...resources,
    payloads: async () => {
      throw new Error('there are none');
    },
  };
  expect(
    await harness.command({ command: 'GetResource', stackId: 'stack-1', resource: 'server' }),
  ).toMatchObject({
    ok: true,
  });
  expect(await harness.command(complete)).toMatchObject({ ok: true });
  expect(loaded).toEqual(['stack-1']);
});

test('a refused request is an answer, and is counted by its code', async () => {
  const harness = new TestHarness();
  expect(await harness.command({ ...complete, status: 'DONE' })).toEqual({
    ok: false,
    error: { code: 'ValidationError', message: 'status must be one of COMPLETE, FAILED' },
  });
  expect(await harness.command(complete)).toMatchObject({ ok: false, error: { code: 'StackNotFound' } });
  expect(harness.telemetry.of('refused').map(({ code }) => code)).toEqual([
    'ValidationError',
    'StackNotFound',
  ]);
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
