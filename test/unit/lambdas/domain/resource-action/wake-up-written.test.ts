/** What wake-ups write to the row of a resource action, completely: one case for each transition. */
import { describe, expect, test } from 'vitest';
import type { ResourceActionRow } from '../../../../../lambdas/domain/resource-action/state.ts';
import { decideResourceActionWakeUp } from '../../../../../lambdas/domain/resource-action/wake-up.ts';
import { backoff, KEPT, queued, running } from '../../../../support/resource-rows.ts';
import { inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const stack = inProgress({ deadline: NOW + 3_600_000 });
const wakeUp = { operationId: 'op-1', generation: 1 };
/** When the fixtures' timers are due. */
const DUE = NOW + 60_000;

const wake = (resource: ResourceActionRow, now = DUE) =>
  decideResourceActionWakeUp({ stack, resource }, wakeUp, {
    now,
    retention: RETENTION,
    health: { succeededAt: now },
  });

/** A running attempt that has its heartbeat due at DUE. */
const silent = (overrides: Parameters<typeof running>[0] = {}) =>
  running({ heartbeat: 30_000, heartbeatDeadline: DUE, ...overrides });

describe('what is written', () => {
  test('no engine came: the end, whatever attempts are left', () => {
    const seen = queued({ scheduleToStart: 60_000, startDeadline: DUE, attempt: 2, version: 5 });
    const { timer: _, phase: __, offers: ___, offerAt: ____, startDeadline: _____, ...kept } = seen;
    expect(wake(seen, DUE + 500).save).toEqual({
      ...kept,
      status: 'FAILED',
      cause: 'NO_ENGINE',
      statusReason: 'No engine claimed resource CREATE in time',
      endedAt: DUE + 500,
      expiresAt: DUE + 1000 + RETENTION + KEPT,
      lastGeneration: 1,
      change: 'NO_ENGINE',
      version: 6,
    });
  });

  test('all attempts are out of time: the end', () => {
    expect(wake(running({ finalDeadline: DUE })).save).toMatchObject({
      status: 'FAILED',
      cause: 'TIMEOUT',
      statusReason: 'Timed out',
      engineId: 'engine-1',
      endedAt: DUE,
      change: 'TIMEOUT',
    });
  });

  test('an attempt is out of time: BACKOFF, without the engine; what was reported of it would be refused', () => {
    const seen = running({ attemptDeadline: DUE });
    const { engineId: _, claimId: __, attemptDeadline: ___, ...kept } = seen;
    expect(wake(seen, DUE + 5).save).toEqual({
      ...kept,
      phase: 'BACKOFF',
      cause: 'TIMEOUT',
      statusReason: 'Timed out',
      // From the deadline on, not from when it was noticed.
      retryAt: DUE + 1000,
      timer: { generation: 2, dueAt: DUE + 1000, setAt: DUE + 5 },
      change: 'TIMEOUT',
      version: 3,
    });
  });

  test("the engine is lost: BACKOFF, in Heat's words", () => {
    expect(wake(silent({ retry: { ...running().retry, interval: 45_000 } })).save).toMatchObject({
      phase: 'BACKOFF',
      attempt: 1,
      cause: 'ENGINE_LOST',
      statusReason: 'Engine engine-1 went down during resource CREATE',
      heartbeat: 30_000,
      // From its last sign of life on.
      retryAt: DUE + 15_000,
      timer: { generation: 2, dueAt: DUE + 15_000, setAt: DUE },
      change: 'ENGINE_LOST',
    });
  });

  test.each([30_000, 29_999])(
    'a delay of %d that is over by then: the next attempt is offered at once',
    (interval) => {
      const seen = silent({ retry: { ...running().retry, interval }, scheduleToStart: 45_000 });
      const { engineId: _, claimId: __, attemptDeadline: ___, heartbeatDeadline: ____, ...kept } = seen;
      expect(wake(seen).save).toEqual({
        ...kept,
        phase: 'QUEUED',
        attempt: 2,
        offers: 1,
        offerAt: DUE + 60_000,
        startDeadline: DUE + 45_000,
        cause: 'ENGINE_LOST',
        statusReason: 'Engine engine-1 went down during resource CREATE',
        timer: { generation: 2, dueAt: DUE + 45_000, setAt: DUE },
        change: 'ENGINE_LOST',
        version: 3,
      });
    },
  );

  test.each([
    ['TIMEOUT', running({ attempt: 3, attemptDeadline: DUE })],
    ['ENGINE_LOST', silent({ attempt: 3 })],
  ])('%s of the last attempt: the end', (cause, row) => {
    expect(wake(row).save).toMatchObject({ status: 'FAILED', cause, attempt: 3, engineId: 'engine-1' });
  });

  test('P8: the next attempt is offered, with a start deadline of its own; why there is one stays to be seen', () => {
    const seen = backoff({
      scheduleToStart: 45_000,
      finalDeadline: NOW + 900_000,
      retryAt: DUE,
      timer: queued().timer,
      lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'FAILED' },
    });
    const { retryAt: _, ...kept } = seen;
    expect(wake(seen, DUE + 5)).toEqual({
      outcome: 'retried',
      save: {
        ...kept,
        phase: 'QUEUED',
        attempt: 2,
        offers: 1,
        offerAt: DUE + 60_005,
        startDeadline: DUE + 45_005,
        timer: { generation: 2, dueAt: DUE + 45_005, setAt: DUE + 5 },
        change: 'RETRY',
        version: 4,
      },
    });
  });

  test('QUEUED work is offered again, after a longer and longer time', () => {
    expect(wake(queued(), DUE + 5)).toEqual({
      outcome: 'offered',
      save: {
        ...queued(),
        offers: 2,
        offerAt: DUE + 120_005,
        timer: { generation: 2, dueAt: DUE + 120_005, setAt: DUE + 5 },
        change: 'OFFER',
        version: 2,
      },
    });
    expect(wake(queued({ offers: 9 }), DUE).save).toMatchObject({ offers: 10, offerAt: DUE + 3_600_000 });
    // The start deadline stays where it is.
    expect(wake(queued({ startDeadline: DUE + 9000 }), DUE).save).toMatchObject({
      startDeadline: DUE + 9000,
      timer: { dueAt: DUE + 9000 },
    });
  });

  test('P9: deadlines that have moved later (a claim, heartbeats): the timer is armed again', () => {
    const seen = silent({ heartbeatDeadline: DUE + 25_000, version: 9 });
    for (const now of [NOW, DUE, DUE + 24_999]) {
      expect(wake(seen, now)).toEqual({
        outcome: 'rearmed',
        save: {
          ...seen,
          timer: { generation: 2, dueAt: DUE + 25_000, setAt: now },
          change: 'REARM',
          version: 10,
        },
      });
    }
  });
});
