import { describe, expect, test } from 'vitest';
import type { Health } from '../../../../../lambdas/domain/health.ts';
import type {
  ResourceActionRow,
  ResourceActionRunning,
} from '../../../../../lambdas/domain/resource-action/state.ts';
import {
  decideOverdueResourceAction,
  decideResourceActionRearm,
  decideResourceActionWakeUp,
} from '../../../../../lambdas/domain/resource-action/wake-up.ts';
import {
  backoff,
  delayed,
  endedResource,
  KEPT,
  offeredAfter,
  queued,
  running,
} from '../../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

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
const missed = (overrides: Parameters<typeof running>[0] = {}) =>
  running({ heartbeat: 30_000, heartbeatDeadline: DUE, ...overrides });

/** The same, after the first step of its engine's loss. */
const silent = (overrides: Parameters<typeof running>[0] = {}) =>
  missed({ suspicion: { lastHeartbeat: DUE - 30_000, provenAt: DUE - 10_000 }, ...overrides });

describe('P5: no stale kill, however late the wake-up comes', () => {
  test.each([
    ['the row is gone', undefined, wakeUp],
    ['it is complete', endedResource('completed'), wakeUp],
    ['it has timed out before', endedResource('timedOut'), wakeUp],
    ['it belongs to a later operation', queued({ operationId: 'op-2' }), wakeUp],
    ['an earlier operation of the same generation', queued(), { operationId: 'op-0', generation: 1 }],
    ['an earlier generation', queued({ timer: { generation: 2, dueAt: DUE, setAt: NOW } }), wakeUp],
    ['a later generation', queued(), { ...wakeUp, generation: 2 }],
  ])('%s', (_, resource, hint) => {
    for (const of of [stack, endedRow('timedOut'), undefined]) {
      const rows = { stack: of, resource };
      const context = { now: DUE + 9_000_000, retention: RETENTION, health: {} };
      expect(decideResourceActionWakeUp(rows, hint, context)).toEqual({ outcome: 'stale' });
    }
  });
});

describe('P1: never early', () => {
  const final = { finalDeadline: DUE };
  test.each([
    ['no engine in time', queued({ startDeadline: DUE }), 'NO_ENGINE', 'SCHEDULE_TO_START'],
    ['all attempts, while QUEUED', queued(final), 'TIMEOUT', 'SCHEDULE_TO_CLOSE'],
    ['all attempts, while DELAYED', delayed({ ...final, queueAt: DUE + 1 }), 'TIMEOUT', 'SCHEDULE_TO_CLOSE'],
    ['all attempts, while RUNNING', running(final), 'TIMEOUT', 'SCHEDULE_TO_CLOSE'],
    [
      'all attempts, in BACKOFF',
      backoff({ ...final, retryAt: DUE + 1, timer: queued().timer }),
      'TIMEOUT',
      'SCHEDULE_TO_CLOSE',
    ],
    ['an attempt', running({ attemptDeadline: DUE }), 'TIMEOUT', 'START_TO_CLOSE'],
    ['a heartbeat', silent({ attemptDeadline: DUE + 9_000_000 }), 'ENGINE_LOST', 'HEARTBEAT'],
  ])('%s: a millisecond before the deadline it waits, at the deadline it fires', (_, row, cause, timeout) => {
    expect(wake(row, DUE - 1)).toEqual({ outcome: 'early', dueAt: DUE });
    const fired = { outcome: 'fired', cause, timeout, save: { missed: { timeout, deadline: DUE } } };
    expect(wake(row, DUE)).toMatchObject({ ...fired, lateness: 0 });
    expect(wake(row, DUE + 1_000_000)).toMatchObject({ ...fired, lateness: 1_000_000 });
  });

  test.each([
    ['no engine in time', queued({ startDeadline: DUE + 1 }), { outcome: 'offered' }],
    ['all attempts, while QUEUED', queued({ finalDeadline: DUE + 1 }), { outcome: 'offered' }],
    [
      'all attempts, while RUNNING',
      running({ attemptDeadline: DUE, finalDeadline: DUE + 1, retry: { ...running().retry, interval: 0 } }),
      { save: { phase: 'QUEUED', attempt: 2 } },
    ],
    [
      'all attempts, in BACKOFF',
      backoff({ retryAt: DUE, finalDeadline: DUE + 1, timer: queued().timer }),
      { outcome: 'retried' },
    ],
    ['an attempt', silent({ attemptDeadline: DUE + 1 }), { cause: 'ENGINE_LOST' }],
  ])('%s: another deadline that has come does not bring it forward by a millisecond', (_, row, decision) => {
    expect(wake(row)).toMatchObject(decision);
  });

  test('delayed work: not a millisecond before it is to be queued', () => {
    expect(wake(delayed(), DUE - 1)).toEqual({ outcome: 'early', dueAt: DUE });
    expect(wake(delayed(), DUE).outcome).toBe('queued');
  });

  test('nor is work offered again, or an attempt begun, before its time', () => {
    expect(wake(queued(), DUE - 1)).toEqual({ outcome: 'early', dueAt: DUE });
    const waiting = backoff({ retryAt: DUE, timer: queued().timer });
    expect(wake(waiting, DUE - 1)).toEqual({ outcome: 'early', dueAt: DUE });
    expect(wake(waiting, DUE).outcome).toBe('retried');
  });
});

describe('of several deadlines that have passed', () => {
  test.each([
    [
      'that of all attempts comes first',
      silent({ finalDeadline: DUE - 3, attemptDeadline: DUE - 5 }),
      { cause: 'TIMEOUT', lateness: 3, save: { status: 'FAILED' } },
    ],
    [
      'then that of the attempt, before the heartbeat',
      silent({ attemptDeadline: DUE - 3, heartbeatDeadline: DUE - 5 }),
      { cause: 'TIMEOUT', lateness: 3, save: { phase: 'BACKOFF' } },
    ],
    [
      'no engine in time comes before the next offer',
      queued({ startDeadline: DUE - 3, offerAt: DUE - 5 }),
      { cause: 'NO_ENGINE', lateness: 3 },
    ],
  ])('%s', (_, row, decision) => {
    expect(wake(row)).toMatchObject({ outcome: 'fired', ...decision });
  });
});

describe('P13: a resource action whose operation has ended is cancelled, due or not', () => {
  test.each([
    ['has ended', endedRow('timedOut')],
    ['was replaced by another', inProgress({ operationId: 'op-2' })],
    ['is gone', undefined],
  ])('its operation %s', (_, of) => {
    const { timer } = queued();
    const timedOut = { cause: 'TIMEOUT', missed: { timeout: 'START_TO_CLOSE', deadline: NOW } } as const;
    const rows = [delayed(), queued(timedOut), running(), silent(), backoff({ ...timedOut, timer })];
    for (const row of rows) {
      const seen = { stack: of, resource: row };
      const decision = decideResourceActionWakeUp(seen, wakeUp, { now: NOW + 1, retention: RETENTION });
      expect(decision).toMatchObject({
        outcome: 'cancelled',
        save: {
          status: 'FAILED',
          cause: 'CANCELLED',
          statusReason: 'Resource CREATE cancelled: operation op-1 has ended',
          endedAt: NOW + 1,
          lastGeneration: 1,
          change: 'CANCEL',
          version: row.version + 1,
        },
      });
      expect(decision.save).not.toHaveProperty('timer');
      expect(decision.save).not.toHaveProperty('missed');
    }
  });
});

describe('P11: a missing heartbeat', () => {
  const decide = (row: ResourceActionRow, health: object | undefined, now = DUE) =>
    decideResourceActionWakeUp({ stack, resource: row }, wakeUp, { now, retention: RETENTION, health });

  test('cannot be decided without knowing whether it could have been recorded', () => {
    expect(decide(missed(), undefined)).toEqual({ outcome: 'unsure', dueAt: missed().heartbeatDeadline });
  });

  test('nothing else has to know', () => {
    const others = [
      queued(),
      backoff({ retryAt: DUE, timer: queued().timer }),
      running({ attemptDeadline: DUE }),
    ];
    for (const row of others) expect(decide(row, undefined).save).toBeDefined();
    expect(decide(missed({ attemptDeadline: DUE }), undefined)).toMatchObject({ cause: 'TIMEOUT' });
    expect(decide(missed(), undefined, DUE - 1).outcome).toBe('early');
  });

  test('is excused by an outage: one more interval, and nothing else moves', () => {
    const seen = missed({ finalDeadline: DUE + 500_000 });
    expect(decide(seen, { succeededAt: DUE - 70_000, failedAt: DUE }, DUE + 7)).toEqual({
      outcome: 'granted',
      reason: 'heartbeats cannot be recorded now',
      save: {
        ...seen,
        heartbeatDeadline: DUE + 29_999,
        suspicion: { lastHeartbeat: DUE - 30_000 },
        timer: { generation: 2, dueAt: DUE + 29_999, setAt: DUE + 7 },
        change: 'GRANT',
        version: 3,
      },
    });
  });

  test('the row remembers the last heartbeat: from there the delay of the next attempt counts', () => {
    const seen = missed({
      suspicion: { lastHeartbeat: NOW - 10_000, provenAt: DUE - 10_000 },
      retry: { ...running().retry, interval: 90_000 },
    });
    const excused = decide(seen, { failedAt: DUE });
    expect(excused.save).toMatchObject({ suspicion: { lastHeartbeat: NOW - 10_000 } });
    expect(excused.save, 'an outage proves nothing').not.toHaveProperty('suspicion.provenAt');
    expect(decide(seen, { succeededAt: DUE }).save).toMatchObject({
      phase: 'BACKOFF',
      retryAt: NOW + 80_000,
    });
    expect(decide(seen, { succeededAt: DUE }).save).not.toHaveProperty('suspicion');
  });

  test('of an engine that is lost: the first step proves that the row can be written, the second one ends it', () => {
    const health = { succeededAt: DUE };
    expect(decide(missed(), health, DUE + 5)).toEqual({
      outcome: 'granted',
      reason: 'the row may not have been writable',
      save: {
        ...missed(),
        heartbeatDeadline: DUE + 10_005,
        suspicion: { lastHeartbeat: DUE - 30_000, provenAt: DUE + 5 },
        timer: { generation: 2, dueAt: DUE + 10_005, setAt: DUE + 5 },
        change: 'GRANT',
        version: 3,
      },
    });
    const proven = decide(missed(), health, DUE + 5).save as ResourceActionRunning;
    const second = (now: number, known: Health) =>
      decideOverdueResourceAction({ stack, resource: proven }, { now, retention: RETENTION, health: known });
    expect(second(DUE + 10_004, { succeededAt: DUE }).outcome).toBe('early');
    // Late by what it was waited for last, not by what was granted.
    expect(second(DUE + 10_009, { succeededAt: DUE + 10_009 })).toMatchObject({
      cause: 'ENGINE_LOST',
      timeout: 'HEARTBEAT',
      lateness: 4,
      save: { missed: { timeout: 'HEARTBEAT', deadline: DUE + 10_005 } },
    });
    // The canary has failed in between, and is well again: one interval from then on.
    const over = { succeededAt: DUE + 9000, failedAt: DUE + 6 };
    expect(second(DUE + 10_005, over)).toMatchObject({ save: { heartbeatDeadline: DUE + 39_000 } });
    expect(second(DUE + 10_005, { ...over, failedAt: DUE + 5 })).toMatchObject({ cause: 'ENGINE_LOST' });
  });

  test('a gap between canaries excuses it once', () => {
    const health = { succeededAt: DUE, gapEndedAt: DUE };
    const excused = decide(missed(), health).save as ResourceActionRunning;
    expect(excused).toMatchObject({ change: 'GRANT', heartbeatDeadline: DUE + 30_000 });
    const later = { succeededAt: DUE + 30_000, gapEndedAt: DUE + 30_000 };
    expect(
      decideOverdueResourceAction(
        { stack, resource: excused },
        { now: DUE + 30_000, retention: RETENTION, health: later },
      ),
    ).toMatchObject({ cause: 'ENGINE_LOST' });
  });

  test('the other deadlines stay: the attempt ends in the outage', () => {
    const granted = decide(missed({ attemptDeadline: DUE + 10_000 }), { failedAt: DUE }).save;
    expect(granted).toMatchObject({ timer: { dueAt: DUE + 10_000, generation: 2 } });
  });
});

describe('the sweep decides by the timer that the row has now', () => {
  const sweep = (resource: ResourceActionRow | undefined, now = DUE) =>
    decideOverdueResourceAction({ stack, resource }, { now, retention: RETENTION, health: {} }).outcome;

  test.each([
    ['QUEUED', queued({ timer: { generation: 9, dueAt: DUE, setAt: NOW } }), 'offered'],
    ['DELAYED', delayed(), 'queued'],
    ['in BACKOFF', backoff(), 'retried'],
    ['RUNNING, out of time', running({ attemptDeadline: DUE, operationId: 'op-1' }), 'fired'],
    ['RUNNING, moved', running(), 'rearmed'],
    ['ended', endedResource('lost'), 'stale'],
    ['gone', undefined, 'stale'],
  ])('%s', (_, row, outcome) => {
    expect(sweep(row)).toBe(outcome);
  });

  test('and leaves alone one that was armed anew since the index was read', () => {
    expect(sweep(queued(), DUE - 1)).toBe('early');
  });
});

describe('what is written', () => {
  test('no engine came: the end, whatever attempts are left', () => {
    const seen = queued({ scheduleToStart: 60_000, startDeadline: DUE, attempt: 2, version: 5 });
    const {
      timer: _,
      phase: __,
      phaseStartedAt: ___,
      offers: ____,
      offerAt: _____,
      startDeadline: ______,
      ...kept
    } = seen;
    expect(wake(seen, DUE + 500).save).toEqual({
      ...kept,
      status: 'FAILED',
      cause: 'NO_ENGINE',
      missed: { timeout: 'SCHEDULE_TO_START', deadline: DUE },
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
      phaseStartedAt: DUE + 5,
      cause: 'TIMEOUT',
      missed: { timeout: 'START_TO_CLOSE', deadline: DUE },
      statusReason: 'Timed out',
      lastFailure: {
        attempt: 1,
        engineId: 'engine-1',
        cause: 'TIMEOUT',
        reason: 'Timed out',
        at: DUE + 5,
      },
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
      const {
        engineId: _,
        claimId: __,
        attemptDeadline: ___,
        heartbeatDeadline: ____,
        suspicion: _____,
        ...kept
      } = seen;
      expect(wake(seen).save).toEqual({
        ...kept,
        phase: 'QUEUED',
        phaseStartedAt: DUE,
        attempt: 2,
        offers: 1,
        offerAt: DUE + offeredAfter(1),
        startDeadline: DUE + 45_000,
        cause: 'ENGINE_LOST',
        missed: { timeout: 'HEARTBEAT', deadline: DUE },
        statusReason: 'Engine engine-1 went down during resource CREATE',
        lastFailure: {
          attempt: 1,
          engineId: 'engine-1',
          cause: 'ENGINE_LOST',
          reason: 'Engine engine-1 went down during resource CREATE',
          at: DUE,
        },
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

  test.each([
    ['TIMEOUT', running({ attemptDeadline: DUE, finalDeadline: DUE + 1000 })],
    ['ENGINE_LOST', silent({ finalDeadline: DUE + 1 })],
  ])('%s, and the next attempt could not begin before the end of all: the end', (cause, row) => {
    const retry = { ...row.retry, interval: cause === 'TIMEOUT' ? 1000 : 30_001 };
    expect(wake({ ...row, retry }).save).toMatchObject({
      status: 'FAILED',
      cause,
      attempt: 1,
      engineId: 'engine-1',
    });
  });

  const before = { timeout: 'HEARTBEAT', deadline: NOW - 5 } as const;
  test.each([
    ['NO_ENGINE', queued({ startDeadline: DUE, attempt: 2, missed: before })],
    ['TIMEOUT', queued({ finalDeadline: DUE, attempt: 2, missed: before })],
    ['TIMEOUT', backoff({ finalDeadline: DUE, retryAt: DUE - 1, timer: queued().timer, missed: before })],
    ['TIMEOUT', running({ finalDeadline: DUE, attempt: 2 })],
  ])('%s after a failed attempt: how that failed stays to be seen', (cause, row) => {
    const lastFailure = { attempt: 1, engineId: 'e', cause: 'REPORTED', reason: 'x', at: NOW } as const;
    const end = { status: 'FAILED', cause, lastFailure, missed: { deadline: DUE } };
    expect(wake({ ...row, lastFailure }).save).toMatchObject(end);
  });

  test('P8: the next attempt is offered, with a start deadline of its own; why there is one stays to be seen', () => {
    const seen = backoff({
      scheduleToStart: 45_000,
      finalDeadline: NOW + 900_000,
      retryAt: DUE,
      timer: queued().timer,
      lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'FAILED' },
      cause: 'TIMEOUT',
      missed: { timeout: 'START_TO_CLOSE', deadline: NOW },
    });
    const { retryAt: _, ...kept } = seen;
    expect(wake(seen, DUE + 5)).toEqual({
      outcome: 'retried',
      save: {
        ...kept,
        phase: 'QUEUED',
        phaseStartedAt: DUE + 5,
        attempt: 2,
        offers: 1,
        offerAt: DUE + 5 + offeredAfter(1),
        startDeadline: DUE + 45_005,
        timer: { generation: 2, dueAt: DUE + 45_005, setAt: DUE + 5 },
        change: 'RETRY',
        version: 4,
      },
    });
  });

  test('a delay is over: QUEUED, with the time to start counted from then, however late it is noticed', () => {
    const seen = delayed({ scheduleToStart: 45_000, finalDeadline: NOW + 900_000, hasInput: true });
    const { queueAt: _, ...kept } = seen;
    for (const late of [0, 5, 50_000]) {
      expect(wake(seen, DUE + late)).toEqual({
        outcome: 'queued',
        save: {
          ...kept,
          phase: 'QUEUED',
          phaseStartedAt: DUE + late,
          offers: 1,
          offerAt: DUE + late + offeredAfter(1),
          startDeadline: DUE + 45_000,
          statusReason: 'Resource CREATE waits for an engine',
          timer: { generation: 2, dueAt: DUE + 45_000, setAt: DUE + late },
          change: 'QUEUE',
          version: 2,
        },
      });
    }
  });

  test('QUEUED work is offered again, after a longer and longer time', () => {
    expect(wake(queued(), DUE + 5)).toEqual({
      outcome: 'offered',
      save: {
        ...queued(),
        offers: 2,
        offerAt: DUE + 5 + offeredAfter(2),
        timer: { generation: 2, dueAt: DUE + 5 + offeredAfter(2), setAt: DUE + 5 },
        change: 'OFFER',
        version: 2,
      },
    });
    expect(wake(queued({ offers: 9 }), DUE).save).toMatchObject({
      offers: 10,
      offerAt: DUE + offeredAfter(10),
    });
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

describe('rearming', () => {
  const context = { now: NOW + 5000, before: NOW + 1 };

  test.each([
    ['QUEUED', queued({ offerAt: DUE + 1 }), DUE + 1],
    ['RUNNING', silent({ heartbeatDeadline: DUE + 2, attemptDeadline: DUE + 3 }), DUE + 2],
    ['BACKOFF', backoff({ retryAt: DUE + 4 }), DUE + 4],
  ])('gives a %s row the next timer, for what is due first now', (_, row, dueAt) => {
    const timer = { generation: row.timer.generation + 1, dueAt, setAt: NOW + 5000 };
    expect(decideResourceActionRearm(row, context)).toEqual({
      save: { ...row, timer, change: 'REARM', version: row.version + 1 },
    });
  });

  test.each([
    ['no row', undefined],
    ['an ended one', endedResource('completed')],
    ['a timer that was set since', queued({ timer: { generation: 2, dueAt: DUE, setAt: NOW + 1 } })],
  ])('leaves alone: %s', (_, row) => {
    expect(decideResourceActionRearm(row, context)).toEqual({});
  });
});
