import { expect, test } from 'vitest';
import { parseRequest } from '../../../../contract/parse.ts';
import type { Template } from '../../../../examples/heat/hot.ts';
import { createPlan, type Step } from '../../../../examples/heat/plan.ts';
import {
  decodeWalk,
  encodeWalk,
  stepDispatch,
  WALK_RESOURCE,
  walkDispatch,
} from '../../../../examples/heat/walk.ts';
import { createWorker } from '../../../../examples/heat/worker.ts';
import { FakeService, OPERATION } from './fake-service.ts';
import { walk } from './walks.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A template of so many resources, each of which needs the three before it. */
function large(size: number): Template {
  const names = Array.from({ length: size }, (_, n) => `ControllerAllNodesDeployment${n}`);
  return {
    types: new Map(names.map((name) => [name, 'OS::Heat::StructuredDeployment'])),
    requires: new Map(names.map((name, n) => [name, new Set(names.slice(Math.max(0, n - 3), n))])),
  };
}

test('a walk comes through its input as it was', () => {
  const before = walk({
    simulation: { seconds: 2, secondsOf: { web: 9 }, fails: { db: 'FOR_GOOD', net: 2 } },
  });
  expect(decodeWalk(throughJson(encodeWalk(before)))).toEqual(before);
});

test('types may have spaces', () => {
  const plan = new Map<string, Step>([['a', { action: 'CREATE', type: 'my own type', requires: new Set() }]]);
  expect(decodeWalk(encodeWalk(walk({ plan }))).plan).toEqual(plan);
});

test('a graph of 1000 resources fits into an input, one that does not is refused with the limit', () => {
  expect(decodeWalk(encodeWalk(walk({ plan: createPlan(large(1000)) }))).plan).toEqual(
    createPlan(large(1000)),
  );
  expect(() => encodeWalk(walk({ plan: createPlan(large(2000)) }))).toThrow(/2000 steps is \d+ bytes.*65536/);
});

test.each([1, 60, 31_536_000])(
  'the service takes what is dispatched, with a timeout of %i s',
  (timeoutSeconds) => {
    const one = walk({ timeoutSeconds });
    const type = 'https://example.org/a b.yaml?c=d';
    const step: Step = { action: 'UPDATE', type, requires: new Set() };
    for (const fields of [
      walkDispatch(OPERATION, 'CREATE', one),
      stepDispatch(OPERATION, ['web/rollback', step], one),
    ]) {
      expect(parseRequest({ command: 'DispatchResource', ...fields })).toMatchObject({ ok: true });
    }
  },
);

test('a failed step fails the operation, unless there is a rollback to be made', () => {
  const step: Step = { action: 'CREATE', type: 'T', requires: new Set() };
  const dispatched = (rollback: boolean) => stepDispatch(OPERATION, ['web', step], walk({ rollback }));
  expect(dispatched(false)).toMatchObject({
    resource: 'web',
    onFailure: 'FAIL_OPERATION',
    input: { seconds: 1 },
  });
  expect(dispatched(true).onFailure).toBe('CONTINUE');
  expect(walkDispatch(OPERATION, 'CREATE', walk()).resource).toBe(WALK_RESOURCE);
});

test('the simulated work of a step is that of its name, or of all', () => {
  const one = walk({ simulation: { seconds: 2, secondsOf: { web: 0 }, fails: { web: 1 } } });
  const input = (name: string) =>
    stepDispatch(OPERATION, [name, { action: 'CREATE', type: 'T', requires: new Set() }], one).input;
  expect(input('web')).toEqual({ seconds: 0, fails: 1 });
  expect(input('db')).toEqual({ seconds: 2 });
  // Every object has a method of this name.
  expect(input('toString')).toEqual({ seconds: 2 });
});

test.each([
  ['works', { seconds: 3 }, 1, undefined],
  ['fails on its first attempts', { seconds: 3, fails: 2 }, 2, { retryable: true }],
  ['works after these', { seconds: 3, fails: 2 }, 3, undefined],
  ['fails for good', { seconds: 3, fails: 'FOR_GOOD' }, 1, { retryable: false }],
])('worker: %s', async (_, input, attempt, failure) => {
  const slept: number[] = [];
  const worker = createWorker({ sleep: async (ms) => slept.push(ms) });
  const { signal } = new AbortController();
  const { resource, client } = new FakeService().walkWork({});
  const work = worker({ resource: { ...resource, attempt }, input, signal, client });
  if (failure) await expect(work).rejects.toMatchObject(failure);
  else expect(await work).toEqual({ did: 'CREATE', seconds: 3 });
  expect(slept).toEqual([3000]);
});

test('worker: stops when it is told to', async () => {
  const controller = new AbortController();
  const worker = createWorker({ sleep: async () => controller.abort(new Error('lost')) });
  const { resource, client } = new FakeService().walkWork({});
  await expect(
    worker({ resource, input: { seconds: 3 }, signal: controller.signal, client }),
  ).rejects.toThrow('lost');
});
