/** Resource actions under the clock: what times out, what is tried again, what is offered again. */
import { beforeEach, expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 86_400);
});

const stack = () => harness.table.rows.get('stack-1');
const outcomes = () =>
  harness.telemetry
    .of('wakeUp')
    .map(({ by, outcome, cause }) => [by, outcome, ...(cause ? [cause] : [])].join(' '));
const twice = { maxAttempts: 2, intervalSeconds: 5, jitter: 'NONE' };

test('no engine comes: offered again and again, then NO_ENGINE, and the operation fails', async () => {
  await server.dispatch({ scheduleToStartSeconds: 640 });
  await harness.run(631);
  expect(server.published()).toEqual(['QUEUED 1', 'QUEUED 1', 'QUEUED 1', 'QUEUED 1']);
  await harness.run(10);
  expect(server.published().at(-1)).toBe('FAILED 1 NO_ENGINE');
  expect(stack()).toMatchObject({ status: 'FAILED', cause: 'RESOURCE_FAILED' });
});

test('an attempt fails, and another one could not begin in time: it ends at once, and says why', async () => {
  await server.dispatch({
    startToCloseSeconds: 20,
    scheduleToCloseSeconds: 25,
    retry: { maxAttempts: 3, intervalSeconds: 60, jitter: 'NONE' },
  });
  await server.claim();
  await server.complete({ status: 'FAILED', reason: 'no such flavor' });
  await harness.run(1);
  expect(server.row()).toMatchObject({ status: 'FAILED', cause: 'REPORTED', statusReason: 'no such flavor' });
  expect(stack()).toMatchObject({ statusReason: 'Resource CREATE failed: server: no such flavor' });
});

test('no engine comes for the second attempt: why the first one failed is told all the same', async () => {
  await server.dispatch({ scheduleToStartSeconds: 30, retry: twice });
  await server.claim();
  await server.complete({ status: 'FAILED', reason: 'no such flavor' });
  await harness.run(40);
  expect(await server.get()).toMatchObject({
    resource: {
      cause: 'NO_ENGINE',
      lastFailure: { attempt: 1, engineId: 'engine-of-claim-1', cause: 'REPORTED', reason: 'no such flavor' },
    },
  });
  expect(stack()).toMatchObject({ statusReason: expect.stringContaining('no such flavor') });
});

test('an attempt takes too long: the next one is offered after the delay, and the last one fails for good', async () => {
  await server.dispatch({ startToCloseSeconds: 90, retry: twice });
  await server.claim();
  await harness.run(96);
  expect(server.row()).toMatchObject({ phase: 'QUEUED', attempt: 2, cause: 'TIMEOUT' });
  expect(await server.complete(), 'P6: too late').toMatchObject({ error: { code: 'StaleAttempt' } });
  await server.claim('claim-2', 2);
  await harness.run(91);
  expect(server.published()).toEqual([
    'QUEUED 1',
    'RUNNING 1',
    'BACKOFF 1 TIMEOUT',
    'QUEUED 2 TIMEOUT',
    'RUNNING 2',
    'FAILED 2 TIMEOUT',
  ]);
  expect(stack()).toMatchObject({ cause: 'RESOURCE_FAILED' });
  expect(harness.schedules.schedules.size).toBe(0);
});

test('an engine dies: its attempt is given to another one', async () => {
  await server.dispatch({ heartbeatSeconds: 20, retry: twice });
  await server.claim();
  for (let beat = 0; beat < 3; beat++) {
    await harness.run(15);
    await server.heartbeat();
  }
  await harness.run(25);
  expect(server.row()).toMatchObject({ phase: 'RUNNING' });
  await harness.run(1);
  expect(server.row()).toMatchObject({ phase: 'QUEUED', attempt: 2, cause: 'ENGINE_LOST' });
  expect(await server.heartbeat()).toMatchObject({ error: { code: 'StaleAttempt' } });
  expect(await server.claim('claim-2', 2)).toMatchObject({ ok: true });
  expect(await server.complete({}, 'claim-2', 2)).toMatchObject({ ok: true });
  expect(stack()).toMatchObject({ status: 'IN_PROGRESS' });
});

test('all attempts together run out of time, whatever phase it is in', async () => {
  await server.dispatch({
    scheduleToCloseSeconds: 130,
    startToCloseSeconds: 100,
    retry: { ...twice, maxAttempts: 9 },
  });
  await server.claim();
  await harness.run(131);
  expect(server.row()).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT', attempt: 2 });
});

test('heartbeats cost no wake-up each: the timer notices once an interval', async () => {
  await server.dispatch({ heartbeatSeconds: 30, startToCloseSeconds: 600 });
  await server.claim();
  for (let beat = 0; beat < 60; beat++) {
    await harness.run(5);
    await server.heartbeat();
  }
  expect(outcomes().length).toBeLessThanOrEqual(300 / 25);
  expect(new Set(outcomes())).toEqual(new Set(['wake rearmed']));
});

test('P8: no attempt starts after the end of the operation', async () => {
  await server.dispatch({
    startToCloseSeconds: 50,
    retry: { ...twice, intervalSeconds: 100, maxDelaySeconds: 100 },
  });
  await server.claim();
  await harness.extend('stack-1', 100);
  await harness.run(400);
  expect(server.row()).toMatchObject({ status: 'FAILED', cause: 'CANCELLED', attempt: 1 });
  expect(stack()).toMatchObject({ cause: 'TIMEOUT' });
});
