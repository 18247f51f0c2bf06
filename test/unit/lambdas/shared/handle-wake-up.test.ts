/** P10: whoever finds a timer due does the same with its row. */
import { beforeEach, describe, expect, test } from 'vitest';
import { firstWakeUp, timerOf } from '../../../../lambdas/domain/timer.ts';
import { sweep } from '../../../../lambdas/sweep/sweep.ts';
import { wake } from '../../../../lambdas/wake/wake.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 86_400);
});

const twice = { maxAttempts: 2, intervalSeconds: 5, jitter: 'NONE' };

describe('wake and sweep do the same', () => {
  /** All that can come due at once, a second overdue. */
  async function everything(): Promise<void> {
    const final = { startToCloseSeconds: 50, scheduleToCloseSeconds: 50 };
    await resourceAction(harness, 'unclaimed').dispatch({ scheduleToStartSeconds: 50 });
    await resourceAction(harness, 'final').dispatch(final);
    for (const [name, fields] of Object.entries({
      slow: { startToCloseSeconds: 80, retry: twice },
      silent: { heartbeatSeconds: 80, retry: twice },
      beating: { heartbeatSeconds: 80 },
      backoff: { retry: { ...twice, intervalSeconds: 80 } },
    })) {
      await resourceAction(harness, name).dispatch(fields);
      await resourceAction(harness, name).claim();
    }
    await resourceAction(harness, 'backoff').complete({ status: 'FAILED' });
    await resourceAction(harness, 'waiting').dispatch();
    harness.clock.advance(40_000);
    await resourceAction(harness, 'beating').heartbeat();
    harness.clock.advance(51_000);
  }
  const expected = {
    unclaimed: 'fired NO_ENGINE',
    final: 'fired TIMEOUT',
    slow: 'fired TIMEOUT',
    silent: 'granted',
    beating: 'rearmed',
    backoff: 'retried',
    waiting: 'offered',
  };
  const found = (by: 'wake' | 'sweep') =>
    Object.fromEntries(
      harness.telemetry
        .of('wakeUp')
        .filter((observation) => observation.by === by)
        .map(({ subject, outcome, cause }) => [subject.resource, [outcome, cause].filter(Boolean).join(' ')]),
    );

  test('wake', async () => {
    await everything();
    const messages = [...harness.table.resourceRows.values()].flatMap((row) =>
      row.status === 'IN_PROGRESS'
        ? [{ messageId: row.resource, body: JSON.stringify(firstWakeUp(timerOf(row))) }]
        : [],
    );
    expect(await wake(harness.deps, messages)).toEqual([]);
    expect(found('wake')).toEqual(expected);
    const before = new Map(harness.table.resourceRows);
    expect(await wake(harness.deps, messages), 'P3: delivered again').toEqual([]);
    expect(harness.table.resourceRows).toEqual(before);
  });

  test('sweep', async () => {
    await everything();
    await sweep({ ...harness.deps, grace: 0 }, 'sweep-1');
    expect(found('sweep')).toEqual(expected);
    expect(harness.telemetry.of('sweepCompleted')).toMatchObject([{ overdue: 7, swept: 7, failed: 0 }]);
    expect(harness.queue.messages).toEqual([]);
  });

  test('a wake-up of a resource action that is not done is given back, by its message', async () => {
    await everything();
    const row = resourceAction(harness, 'slow').row();
    if (row?.status !== 'IN_PROGRESS') throw new Error('not in progress');
    harness.deps.resources = {
      ...harness.deps.resources,
      loadWithStack: async () => {
        throw new Error('throttled');
      },
    };
    const body = JSON.stringify(firstWakeUp(timerOf(row)));
    expect(await wake(harness.deps, [{ messageId: 'm-1', body }])).toEqual(['m-1']);
    const subject = {
      stackId: 'stack-1',
      resource: 'slow',
      operationId: 'op-1',
      generation: row.timer.generation,
    };
    expect(harness.telemetry.of('failed')).toEqual([
      { kind: 'failed', subject, error: new Error('throttled') },
    ]);
  });
});

const known = { stackId: 'stack-1', operationId: 'op-1', resource: 'server' };
const ofAttempt1 = { ...known, attempt: 1, engineId: 'engine-of-claim-1' };

test('what a wake-up came to is on record: which attempt of whom, why, how late', async () => {
  await server.dispatch({ startToCloseSeconds: 50, retry: twice });
  await server.claim();
  await harness.run(51);
  expect(harness.telemetry.of('wakeUp')).toEqual([
    {
      kind: 'wakeUp',
      by: 'wake',
      outcome: 'fired',
      cause: 'TIMEOUT',
      timeout: 'START_TO_CLOSE',
      subject: { ...ofAttempt1, generation: 2 },
      lateness: 0,
      hops: 0,
    },
  ]);
});

test.each(['wake', 'sweep'] as const)(
  'a loss is on record as that of the attempt that was lost, not of the one that follows: %s',
  async (by) => {
    harness.alive.wake = by === 'wake';
    await server.dispatch({ heartbeatSeconds: 30, retry: { ...twice, intervalSeconds: 1 } });
    await server.claim();
    const claimedAt = harness.clock.now();
    await harness.run(by === 'wake' ? 40 : 180);
    expect(server.row(), 'attempt 2 is offered at once').toMatchObject({ phase: 'QUEUED', attempt: 2 });
    const [granted, lost] = harness.telemetry.of('wakeUp');
    expect(granted).toMatchObject({ by, outcome: 'granted', subject: ofAttempt1, lastHeartbeat: claimedAt });
    expect(lost).toMatchObject({
      by,
      outcome: 'fired',
      cause: 'ENGINE_LOST',
      timeout: 'HEARTBEAT',
      subject: ofAttempt1,
      lateness: expect.any(Number),
      lastHeartbeat: claimedAt,
    });
  },
);

test('the next attempt is on record without the engine of the one before', async () => {
  await server.dispatch({ retry: twice });
  await server.claim();
  await server.complete({ status: 'FAILED' });
  await harness.run(5);
  const retried = harness.telemetry.of('wakeUp').find(({ outcome }) => outcome === 'retried');
  expect(retried?.subject).toEqual({ ...known, generation: expect.any(Number), attempt: 2 });
});
