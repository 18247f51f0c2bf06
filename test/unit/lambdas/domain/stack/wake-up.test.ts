import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideOverdueStack,
  decideStackRearm,
  decideStackWakeUp,
} from '../../../../../lambdas/domain/stack/wake-up.ts';
import { ENDS, endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const DUE = NOW + 60_000;
const at = (now: number) => ({ now, retention: RETENTION });
const wakeUp = { operationId: 'op-1', generation: 1 };

describe('P5: no stale kill, however late the wake-up comes', () => {
  test.each([
    ['the row is gone', undefined, wakeUp],
    ['the operation was completed', endedRow('completed'), wakeUp],
    ['it has timed out before', endedRow('timedOut'), wakeUp],
    ['the stack has another operation', inProgress({ operationId: 'op-2' }), wakeUp],
    ['an earlier operation of the same generation', inProgress(), { operationId: 'op-0', generation: 1 }],
    ['an earlier generation', inProgress({ timer: { generation: 2, dueAt: DUE, setAt: NOW } }), wakeUp],
    ['a later generation', inProgress(), { ...wakeUp, generation: 2 }],
  ])('%s', (_, row, hint) => {
    expect(decideStackWakeUp(row, hint, at(DUE + 1_000_000))).toEqual({ outcome: 'stale' });
  });
});

describe('P1: never early', () => {
  test('a millisecond before the deadline it waits, at the deadline it fires', () => {
    expect(decideStackWakeUp(inProgress(), wakeUp, at(DUE - 1))).toEqual({ outcome: 'early', dueAt: DUE });
    expect(decideStackWakeUp(inProgress(), wakeUp, at(DUE))).toMatchObject({ outcome: 'fired', lateness: 0 });
  });

  test('property: nothing fires before the deadline, whatever the clock, the timer and the deadline are', () => {
    const instant = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(instant, instant, instant, (now, dueAt, later) => {
        const deadline = dueAt + later;
        const row = inProgress({ deadline, timer: { generation: 1, dueAt, setAt: 0 } });
        const decision = decideStackWakeUp(row, wakeUp, at(now));
        if (decision.outcome === 'fired') expect(now).toBeGreaterThanOrEqual(deadline);
        if (now >= deadline) expect(decision.outcome).toBe('fired');
        expect(decision.outcome).not.toBe('stale');
      }),
    );
  });
});

test('a timed-out operation is FAILED, as in Heat, and its row has no timer', () => {
  const decision = decideStackWakeUp(inProgress({ version: 4 }), wakeUp, at(DUE + 1500));
  expect(decision).toMatchObject({
    outcome: 'fired',
    lateness: 1500,
    save: { ...ENDS.timedOut, endedAt: DUE + 1500, version: 5, lastGeneration: 1 },
  });
  expect(decision.save).not.toHaveProperty('timer');
});

describe('P9: a deadline that was moved later', () => {
  const extended = inProgress({ deadline: DUE + 300_000, version: 2 });

  test.each([NOW, DUE, DUE + 10_000, DUE + 299_999])('arms the timer again (at %d)', (now) => {
    expect(decideStackWakeUp(extended, wakeUp, at(now))).toEqual({
      outcome: 'rearmed',
      save: {
        ...extended,
        timer: { generation: 2, dueAt: DUE + 300_000, setAt: now },
        change: 'REARM',
        version: 3,
      },
    });
  });
});

test('a moved deadline that has passed as well fires, however late the wake-up of the old one comes', () => {
  const extended = inProgress({ deadline: DUE + 5000 });
  expect(decideStackWakeUp(extended, wakeUp, at(DUE + 5000))).toMatchObject({
    outcome: 'fired',
    lateness: 0,
  });
});

describe('the sweep decides by the timer that the row has now', () => {
  test.each([
    ['overdue', inProgress({ timer: { generation: 9, dueAt: DUE, setAt: NOW } }), 'fired'],
    ['extended', inProgress({ deadline: DUE + 60_001 }), 'rearmed'],
    ['ended', endedRow('cancelled'), 'stale'],
    ['gone', undefined, 'stale'],
  ])('%s', (_, row, outcome) => {
    expect(decideOverdueStack(row, at(DUE + 60_000)).outcome).toBe(outcome);
  });

  test('and leaves alone one that was armed anew since the index was read', () => {
    expect(decideOverdueStack(inProgress(), at(DUE - 1)).outcome).toBe('early');
  });
});

describe('rearming', () => {
  const context = { now: NOW + 5000, before: NOW + 1 };

  test('gives a live row the next timer, for the deadline as it is now', () => {
    const row = inProgress({ deadline: DUE + 300_000, version: 2 });
    const timer = { generation: 2, dueAt: row.deadline, setAt: NOW + 5000 };
    expect(decideStackRearm(row, context)).toEqual({ save: { ...row, timer, change: 'REARM', version: 3 } });
  });

  test.each([
    ['no row', undefined],
    ['an ended one', endedRow('timedOut')],
    ['a timer that was set since', inProgress({ timer: { generation: 2, dueAt: DUE, setAt: NOW + 1 } })],
  ])('leaves alone: %s', (_, row) => {
    expect(decideStackRearm(row, context)).toEqual({});
  });
});
