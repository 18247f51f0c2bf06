/**
 * Work that starts later, under the clock: never early, and it survives what other timers survive.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Schedules } from '../../../../lambdas/ports/messaging.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 86_400);
});

const NEAR = 20;
const FAR = 3600;
const schedules = () => harness.schedules.schedules.size;
const outcomes = () => harness.telemetry.of('wakeUp').map(({ by, outcome }) => `${by} ${outcome}`);
const end = () => harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });

describe.each([
  ['near', NEAR],
  ['far', FAR],
])('%s', (_, delaySeconds) => {
  test('is DELAYED until its time, then QUEUED, claimed and done', async () => {
    expect(await server.dispatch({ delaySeconds, input: 1 })).toMatchObject({
      ok: true,
      resource: { phase: 'DELAYED', queueAt: expect.any(String) },
    });
    await harness.run(delaySeconds - 1);
    expect(server.published()).toEqual(['DELAYED 1']);
    expect(await server.claim()).toMatchObject({
      error: { code: 'NotClaimable', message: expect.stringContaining('server is DELAYED until 2026-') },
    });
    await harness.run(1);
    expect(server.published()).toEqual(['DELAYED 1', 'QUEUED 1']);
    expect(outcomes().at(-1)).toBe('wake queued');
    expect(await server.claim()).toMatchObject({ ok: true, input: 1 });
    expect(await server.complete()).toMatchObject({ ok: true });
    await harness.tick();
    expect(server.published().slice(2)).toEqual(['RUNNING 1', 'COMPLETE 1 REPORTED']);
  });

  test('its wake-up is lost: the sweep queues it', async () => {
    harness.alive.wake = false;
    harness.alive.scheduler = false;
    await server.dispatch({ delaySeconds });
    await harness.run(delaySeconds + 120);
    expect(outcomes()).toContain('sweep queued');
    expect(server.published()).toEqual(['DELAYED 1', 'QUEUED 1']);
  });

  test('its operation ends: it is cancelled with it, and nothing is left', async () => {
    await server.dispatch({ delaySeconds });
    await harness.tick();
    await end();
    await harness.run(delaySeconds + 120);
    expect(server.published()).toEqual(['DELAYED 1', 'FAILED 1 CANCELLED']);
    expect(schedules()).toBe(0);
  });

  test('its operation times out first: it is never queued', async () => {
    await server.dispatch({ delaySeconds });
    await harness.extend('stack-1', delaySeconds - 5);
    harness.alive.effects = false;
    await harness.run(delaySeconds + 120);
    harness.alive.effects = true;
    await harness.tick();
    expect(server.published()).toEqual(['DELAYED 1', 'FAILED 1 CANCELLED']);
  });
});

test('a schedule that EventBridge Scheduler does not take: the sweep queues it', async () => {
  const unavailable: Schedules = {
    create: async () => 'unavailable',
    delete: async () => 'unavailable',
  };
  harness.deps.schedules = unavailable;
  await server.dispatch({ delaySeconds: FAR });
  await harness.run(FAR + 120);
  expect(server.published()).toEqual(['DELAYED 1', 'QUEUED 1']);
  expect(outcomes()).toContain('sweep queued');
});

test('the time to start counts from the end of the delay', async () => {
  await server.dispatch({ delaySeconds: 100, scheduleToStartSeconds: 50 });
  await harness.run(149);
  expect(server.row()).toMatchObject({ phase: 'QUEUED' });
  await harness.run(2);
  expect(server.row()).toMatchObject({ status: 'FAILED', cause: 'NO_ENGINE' });
});

test('all attempts together count from the dispatch', async () => {
  await server.dispatch({ delaySeconds: 100, startToCloseSeconds: 50, scheduleToCloseSeconds: 160 });
  await harness.run(101);
  await server.claim();
  await harness.run(48);
  await server.release();
  await harness.run(11);
  expect(server.row()).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
});

test('a failed attempt of delayed work is followed by another without a delay', async () => {
  await server.dispatch({ delaySeconds: 100, retry: { maxAttempts: 2, jitter: 'NONE' } });
  await harness.run(101);
  await server.claim();
  await server.complete({ status: 'FAILED' });
  await harness.run(2);
  expect(server.row()).toMatchObject({ phase: 'QUEUED', attempt: 2 });
});
