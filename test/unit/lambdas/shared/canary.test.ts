/** P11: the canary tells whether heartbeats can be recorded. */
import { beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../../../lambdas/command/command.ts';
import { CANARY_REQUEST } from '../../../../lambdas/shared/canary.ts';
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

describe('the canary', () => {
  test('writes what the command function can write, and is no command of the contract', async () => {
    harness.clock.advance(7000);
    expect(await command(harness.deps, CANARY_REQUEST)).toEqual({ ok: true });
    expect(await harness.deps.health.load()).toMatchObject({ succeededAt: harness.clock.now() });
    for (const other of [{ canary: false }, { canary: 'true' }, { command: 'canary' }, null, 'canary'])
      expect(await command(harness.deps, other)).toMatchObject({
        ok: false,
        error: { code: 'ValidationError' },
      });
  });

  test('fails if that write does', async () => {
    harness.deps.health = {
      ...harness.deps.health,
      record: async () => {
        throw new Error('no table');
      },
    };
    await expect(command(harness.deps, CANARY_REQUEST)).rejects.toThrow('no table');
  });

  test('is asked by each sweep, even one that finds another under way; that a failure cannot be recorded stops nothing', async () => {
    harness.deps.health = {
      ...harness.deps.health,
      record: async () => {
        throw new Error('no table');
      },
    };
    harness.alive.command = false;
    const before = harness.telemetry.of('sweepCompleted').length;
    await harness.run(60);
    expect(harness.telemetry.of('unrecorded')).toMatchObject([{ error: new Error('no table') }]);
    expect(harness.telemetry.of('sweepCompleted')).toHaveLength(before + 1);
    await harness.table.acquire('another', harness.clock.now(), harness.clock.now() + 115_000);
    await harness.run(60);
    expect(harness.telemetry.of('sweepSkipped')).toHaveLength(1);
    expect(harness.telemetry.of('unrecorded').length).toBeGreaterThan(1);
  });

  test('is not asked for anything but a missing heartbeat', async () => {
    const asked = harness.telemetry.of('canary').length;
    harness.alive.sweep = false;
    const other = resourceAction(harness, 'other');
    await other.dispatch({ startToCloseSeconds: 20, retry: { maxAttempts: 3, jitter: 'NONE' } });
    await other.claim();
    await run(100);
    expect(other.row()).toMatchObject({ attempt: 2 });
    expect(harness.telemetry.of('canary')).toHaveLength(asked);
  });
});
