/** P11: an outage of ours is not the engine's death. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import { firstWakeUp, timerOf } from '../../../../lambdas/domain/timer.ts';
import { CANARY_REQUEST } from '../../../../lambdas/shared/canary.ts';
import { wake } from '../../../../lambdas/wake/wake.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

const HEARTBEAT = 30;
let harness: TestHarness;
let engines: ReturnType<typeof resourceAction>[];

/** Engines at work, each of which sends a heartbeat every ten seconds. */
beforeEach(async () => {
  harness = new TestHarness();
  await harness.start('stack-1', 86_400);
  engines = ['a', 'b', 'c'].map((name) => resourceAction(harness, name));
  for (const engine of engines) {
    await engine.dispatch({
      heartbeatSeconds: HEARTBEAT,
      startToCloseSeconds: 3600,
      retry: { maxAttempts: 3 },
    });
    await engine.claim();
  }
  await run(100);
});

/** Lets time pass, while these engines live. */
async function run(seconds: number, living = engines): Promise<void> {
  for (let second = 0; second < seconds; second += 10) {
    await harness.run(10);
    for (const engine of living) await engine.heartbeat().catch(() => {});
  }
}

const wakeUpOf = (row: ResourceActionRow | undefined) => {
  if (row?.status !== 'IN_PROGRESS') throw new Error('it has no timer');
  return firstWakeUp(timerOf(row));
};

const attempts = () => engines.map((engine) => engine.row()).map((row) => `${row?.attempt} ${phaseOf(row)}`);
const phaseOf = (row: ReturnType<(typeof engines)[0]['row']>) =>
  row?.status === 'IN_PROGRESS' ? row.phase : row?.status;
const RUNNING = ['1 RUNNING', '1 RUNNING', '1 RUNNING'];

test('all is well: nobody is lost, and the canary is asked each minute', async () => {
  await run(300);
  expect(attempts()).toEqual(RUNNING);
  expect(harness.telemetry.of('canary').length).toBeGreaterThanOrEqual(6);
  expect(harness.telemetry.of('canary').every(({ ok }) => ok)).toBe(true);
});

test('the loss of many at once is found by asking once', async () => {
  const all = Array.from({ length: 9 }, (_, n) => resourceAction(harness, `many-${n}`));
  for (const one of all) {
    await one.dispatch({ heartbeatSeconds: 30, retry: { maxAttempts: 2, jitter: 'NONE' } });
    await one.claim();
  }
  harness.alive.sweep = false;
  const asked = harness.telemetry.of('canary').length;
  const wakeUps = () =>
    all.map((one, n) => ({ messageId: `m-${n}`, body: JSON.stringify(wakeUpOf(one.row())) }));
  harness.clock.advance(31_000);
  expect(await wake(harness.deps, wakeUps())).toEqual([]);
  expect(harness.telemetry.of('canary')).toHaveLength(asked + 1);
  harness.clock.advance(10_000);
  expect(await wake(harness.deps, wakeUps())).toEqual([]);
  for (const one of all) expect(one.row()).toMatchObject({ cause: 'ENGINE_LOST' });
  expect(harness.telemetry.of('canary')).toHaveLength(asked + 2);

  // And not at all where it has been asked since.
  const another = resourceAction(harness, 'another');
  await another.dispatch({ heartbeatSeconds: 1, retry: { maxAttempts: 2, jitter: 'NONE' } });
  await another.claim();
  for (let step = 0; step < 2; step++) {
    const body = JSON.stringify(wakeUpOf(another.row()));
    harness.clock.advance(2000);
    await harness.command(CANARY_REQUEST);
    expect(await wake(harness.deps, [{ messageId: 'm', body }])).toEqual([]);
  }
  expect(another.row()).toMatchObject({ cause: 'ENGINE_LOST' });
  expect(harness.telemetry.of('canary')).toHaveLength(asked + 2);
});

test.each([40, 100, 600])(
  'the command function is out of order for %d s while wake goes on: nobody is lost, then or after it',
  async (seconds) => {
    harness.alive.command = false;
    await run(seconds);
    expect(attempts()).toEqual(RUNNING);
    expect(harness.telemetry.of('wakeUp').some(({ outcome }) => outcome === 'granted')).toBe(true);
    harness.alive.command = true;
    await run(200);
    expect(attempts()).toEqual(RUNNING);
  },
);

test('the outage is noticed before an engine is declared lost, though no sweep has noticed it', async () => {
  harness.alive.sweep = false;
  harness.alive.command = false;
  await run(40);
  expect(attempts()).toEqual(RUNNING);
  const granted = harness.telemetry.of('wakeUp').filter(({ outcome }) => outcome === 'granted');
  expect(granted[0]).toMatchObject({ by: 'wake', reason: 'heartbeats cannot be recorded now' });
});

test('an engine that dies in the outage is found after it, and only that one', async () => {
  harness.alive.command = false;
  await run(100);
  harness.alive.command = true;
  const [dead, ...living] = engines;
  await run(2 * HEARTBEAT + 10, living);
  expect(attempts()).toEqual(['2 QUEUED', '1 RUNNING', '1 RUNNING']);
  expect(dead?.row()).toMatchObject({ cause: 'ENGINE_LOST' });
});

test('an engine that dies long after an outage is found as if there had been none', async () => {
  harness.alive.command = false;
  await run(100);
  harness.alive.command = true;
  await run(200);
  const [, ...living] = engines;
  await run(HEARTBEAT + 10, living);
  expect(attempts()).toEqual(['2 QUEUED', '1 RUNNING', '1 RUNNING']);
});

test('all functions stand still: the silence tells, though nobody could write a failure down', async () => {
  const alive = { ...harness.alive };
  Object.assign(harness.alive, { command: false, wake: false, sweep: false, arm: false, effects: false });
  await run(400);
  Object.assign(harness.alive, alive);
  // The first to come back may be a wake-up, before any engine.
  await harness.run(5);
  expect(attempts()).toEqual(RUNNING);
  await run(200);
  expect(attempts()).toEqual(RUNNING);
});

test.each([60, 90, 120, 300])(
  'no sweep runs, and all else is well: an engine with a heartbeat timeout of %d s that died is found',
  async (heartbeatSeconds) => {
    const one = resourceAction(harness, 'one');
    await one.dispatch({ heartbeatSeconds, startToCloseSeconds: 80_000, retry: { maxAttempts: 3 } });
    await one.claim();
    await run(300, [one, ...engines]);
    harness.alive.sweep = false;
    await run(2 * heartbeatSeconds + 10);
    expect(one.row()).toMatchObject({ attempt: 2, cause: 'ENGINE_LOST' });
    expect(attempts()).toEqual(RUNNING);
  },
);

describe('one partition', () => {
  /** No row of the stack can be written, while the canary's can. */
  function partition(): { up: boolean } {
    const { resources } = harness.deps;
    const state = { up: true };
    const unlessDown =
      <A extends unknown[], T>(write: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        if (!state.up) throw new Error('ThrottlingException');
        return write(...args);
      };
    harness.deps.resources = {
      ...resources,
      save: unlessDown(resources.save),
      heartbeat: unlessDown(resources.heartbeat),
    };
    return state;
  }

  test.each([20, 40, 100, 300])(
    'cannot be written for %d s: the engines live, and none is lost, then or after it',
    async (seconds) => {
      for (const offset of [0, 3, 9]) {
        const state = partition();
        await harness.run(offset);
        state.up = false;
        await run(seconds);
        state.up = true;
        expect(attempts()).toEqual(RUNNING);
        await run(100);
        expect(attempts(), `${offset} s after a heartbeat`).toEqual(RUNNING);
      }
    },
  );

  test('an engine that died while it could not be written is found after it, and only that one', async () => {
    const [dead, ...living] = engines;
    const state = partition();
    state.up = false;
    await run(40, living);
    state.up = true;
    await run(2 * HEARTBEAT + 40, living);
    expect(attempts()).toEqual(['2 QUEUED', '1 RUNNING', '1 RUNNING']);
    expect(dead?.row()).toMatchObject({ cause: 'ENGINE_LOST' });
  });

  test('all is well: a dead engine is found a third of its heartbeat timeout later, at most', async () => {
    const [dead, ...living] = engines;
    await dead?.heartbeat();
    let seconds = 0;
    for (; dead?.row()?.attempt === 1 && seconds < 100; seconds++) {
      await harness.run(1);
      if (seconds % 10 === 9) for (const engine of living) await engine.heartbeat();
    }
    expect(seconds).toBe(HEARTBEAT + HEARTBEAT / 3);
  });
});

test('an attempt still ends at its own deadline in the outage', async () => {
  const slow = resourceAction(harness, 'slow');
  await slow.dispatch({ heartbeatSeconds: HEARTBEAT, startToCloseSeconds: 100, onFailure: 'CONTINUE' });
  await slow.claim();
  harness.alive.command = false;
  await run(120);
  expect(slow.row()).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
});

test('a canary that fails between heartbeats excuses one interval, once', async () => {
  const [dead, ...living] = engines;
  await harness.deps.health.record({ failedAt: harness.clock.now() + 1 });
  await run(HEARTBEAT, living);
  expect(dead?.row()).toMatchObject({ phase: 'RUNNING' });
  await run(HEARTBEAT + 10, living);
  expect(dead?.row()).toMatchObject({ attempt: 2, cause: 'ENGINE_LOST' });
  const granted = harness.telemetry.of('wakeUp').filter(({ outcome }) => outcome === 'granted');
  expect(granted).toMatchObject([
    { subject: { resource: 'a', attempt: 1 }, reason: 'heartbeats could not be recorded for a while' },
  ]);
});
