/**
 * CancelResource: one piece of work is taken back, its operation goes on, and it is not done after
 * all.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

const DAY = 86_400_000;

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  harness.deps.retention = DAY;
  server = resourceAction(harness);
  await harness.start('stack-1', 3 * 86_400);
});

const stack = () => harness.table.rows.get('stack-1');
const cancelled = { ok: true, resource: { status: 'FAILED', cause: 'CANCELLED' } };

async function working(fields: object = {}): Promise<void> {
  await server.dispatch({ input: 1, heartbeatSeconds: 30, ...fields });
  await server.claim();
  await harness.tick();
}

describe.each(['FAIL_OPERATION', 'CONTINUE'])('with onFailure %s', (onFailure) => {
  test('the operation goes on, and the engine is told to stop', async () => {
    await working({ onFailure, retry: { maxAttempts: 5 } });
    expect(await server.cancel({ reason: 'not needed' })).toMatchObject({
      ...cancelled,
      resource: { statusReason: 'not needed', engineId: 'engine-of-claim-1' },
    });
    for (const told of [await server.heartbeat(), await server.complete(), await server.release()]) {
      expect(told).toMatchObject({
        error: { code: 'StaleAttempt', current: { cause: 'CANCELLED', statusReason: 'not needed' } },
      });
    }
    await harness.run(300);
    expect(server.published()).toEqual(['QUEUED 1', 'RUNNING 1', 'FAILED 1 CANCELLED']);
    expect(stack()).toMatchObject({ status: 'IN_PROGRESS', version: 1 });
    expect(harness.schedules.schedules.size, 'that of the operation').toBe(1);
  });
});

test('repeated it answers ok, also once its operation has ended', async () => {
  await working();
  for (let n = 0; n < 2; n++)
    expect(await server.cancel()).toMatchObject({ ...cancelled, resource: { version: 3 } });
  await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
  await harness.tick();
  expect(await server.cancel()).toMatchObject({ ...cancelled, resource: { version: 3 } });
});

test('the same dispatch again does not bring it back', async () => {
  await working();
  await server.cancel();
  await harness.run(60);
  expect(await server.dispatch({ input: 1, heartbeatSeconds: 30 })).toMatchObject(cancelled);
  expect(await server.dispatch({ input: 2 })).toMatchObject({ error: { code: 'ResourceInProgress' } });
  expect(await server.claim('claim-2')).toMatchObject({ error: { code: 'NotClaimable' } });
});

test.each([
  ['completed', () => server.complete(), 'StaleAttempt', 'COMPLETE'],
  ['failed', () => server.complete({ status: 'FAILED', retryable: false }), 'StaleAttempt', 'FAILED'],
])('one that has %s is not cancelled any more', async (_, finish, code, status) => {
  await working({ onFailure: 'CONTINUE' });
  await finish();
  expect(await server.cancel()).toMatchObject({ error: { code, current: { status, cause: 'REPORTED' } } });
});

test('what is not there, and what has no operation any more', async () => {
  expect(await server.cancel()).toMatchObject({ error: { code: 'ResourceNotFound' } });
  const nowhere = resourceAction(harness, 'server', 'stack-2');
  expect(await nowhere.cancel()).toMatchObject({ error: { code: 'StackNotFound' } });
  await working();
  await harness.command({
    command: 'CompleteOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    status: 'COMPLETE',
  });
  expect(await server.cancel(), 'before the cascade').toMatchObject({ error: { code: 'OperationEnded' } });
  await harness.start('stack-1', 60, { operationId: 'op-2' });
  expect(await server.cancel()).toMatchObject({ error: { code: 'StaleOperation' } });
});

test('P2, P13: it is kept while its operation runs, with its input, and expires when that has ended', async () => {
  await working();
  await server.cancel();
  await harness.tick();
  harness.clock.advance(2 * DAY);
  await harness.tick();
  expect(await server.get()).toMatchObject({ ok: true, input: 1, resource: { cause: 'CANCELLED' } });
  await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
  await harness.tick();
  const expiresAt = harness.clock.now() + DAY;
  expect(server.row()).toMatchObject({ expiresAt, change: 'EXPIRE' });
  expect([...harness.table.payloads.values()].map((payload) => payload.expiresAt)).toEqual([expiresAt]);
  expect(await server.heartbeat(), 'now its operation has ended').toMatchObject({
    error: { code: 'OperationEnded' },
  });
});

test('of a cancel and a report the first one counts', async () => {
  await working();
  const { resources } = harness.deps;
  harness.deps.resources = {
    ...resources,
    save: async (...args) => {
      harness.deps.resources = resources;
      await server.complete({ output: 7 });
      return resources.save(...args);
    },
  };
  expect(await server.cancel()).toMatchObject({
    error: { code: 'StaleAttempt', current: { status: 'COMPLETE' } },
  });
  expect(await server.get()).toMatchObject({ output: 7 });
});
