import { expect, test } from 'vitest';
import { createWorker, workOf } from '../../../../examples/hot-engine/worker.ts';
import { FakeService } from './fake-service.ts';

test.each([
  ['works', { seconds: 3 }, 1, undefined],
  ['fails on its first attempts', { seconds: 3, fails: 2 }, 2, { retryable: true }],
  ['works after these attempts', { seconds: 3, fails: 2 }, 3, undefined],
  ['fails for good', { seconds: 3, fails: 'FOR_GOOD' }, 1, { retryable: false }],
])('%s', async (_, input, attempt, failure) => {
  const slept: number[] = [];
  const worker = createWorker({ sleep: async (ms) => slept.push(ms) });
  const { signal } = new AbortController();
  const { resource, client } = new FakeService().walkWork({});
  const work = worker({ resource: { ...resource, attempt }, input, signal, client });
  if (failure) await expect(work).rejects.toMatchObject(failure);
  else expect(await work).toEqual({ did: 'CREATE', seconds: 3 });
  expect(slept).toEqual([3000]);
});

test('a step has the work of its name, or that of all steps', () => {
  const simulation = { seconds: 2, secondsOf: { web: 0 }, fails: { web: 1 } };
  expect(workOf('web', simulation)).toEqual({ seconds: 0, fails: 1 });
  expect(workOf('db', simulation)).toEqual({ seconds: 2 });
  // Every object inherits a method of this name.
  expect(workOf('toString', simulation)).toEqual({ seconds: 2 });
});
