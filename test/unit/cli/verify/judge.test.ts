import { describe, expect, test } from 'vitest';
import {
  type Inspection,
  judge,
  judgeDeployment,
  judgeHistory,
  ownAlarms,
} from '../../../../cli/verify/judge.ts';
import { type Case, planOf } from '../../../../cli/verify/plan.ts';
import type { Observation } from '../../../../cli/verify/run.ts';
import type { HistoryEntry, ResourceAction, Stack } from '../../../../contract/index.ts';
import { SETTINGS } from './fake-parts.ts';

const plan = new Map(planOf(SETTINGS, { maxLatenessMs: 5000 }).map((one) => [one.name, one]));
const caseOf = (name: string): Case => {
  const one = plan.get(name);
  if (!one) throw new Error(`there is no case ${name}`);
  return one;
};

const AT = Date.parse('2026-01-31T12:00:00.000Z');
/** So many milliseconds after the start. */
const at = (ms: number): string => new Date(AT + ms).toISOString();

const stackOf = (more: Partial<Stack> = {}): Stack => ({
  stackId: 'v/near',
  operationId: 'op-1',
  action: 'CHECK',
  status: 'IN_PROGRESS',
  statusReason: 'Stack CHECK started',
  startedAt: at(0),
  deadline: at(10_000),
  version: 1,
  ...more,
});
const timedOut = (latenessMs: number, more: Partial<Stack> = {}): Stack =>
  stackOf({
    status: 'FAILED',
    cause: 'TIMEOUT',
    statusReason: 'Timed out',
    endedAt: at(10_000 + latenessMs),
    version: 2,
    ...more,
  });
const completed = (more: Partial<Stack> = {}): Stack =>
  stackOf({ status: 'COMPLETE', cause: 'REPORTED', endedAt: at(500), version: 2, ...more });

const judged = (name: string, seen: Observation) => {
  const { result, latenessMs, notes } = judge(caseOf(name), seen, SETTINGS);
  return { result, latenessMs, notes };
};
const held = (latenessMs?: number) => ({ result: 'held', latenessMs, notes: [] });
const failed = (latenessMs: number | undefined, ...notes: unknown[]) => ({
  result: 'failed',
  latenessMs,
  notes,
});

describe('a timeout', () => {
  const near = (stack: Stack) => judged('near', { started: stackOf(), stack, schedulesLeft: false });

  test.each([0, 212, 5000])('that is %i ms late holds', (latenessMs) => {
    expect(near(timedOut(latenessMs))).toEqual(held(latenessMs));
  });

  test('early or late does not', () => {
    expect(near(timedOut(-1))).toEqual(failed(-1, 'it came 1 ms early'));
    expect(near(timedOut(5001))).toEqual(failed(5001, 'it came later than 5000 ms'));
  });

  test('that did not come, or came otherwise, is told with its reason', () => {
    expect(near(stackOf())).toEqual(
      failed(undefined, 'near is IN_PROGRESS, not FAILED (TIMEOUT): Stack CHECK started'),
    );
    expect(near(timedOut(0, { cause: 'CANCELLED', statusReason: 'by hand' })).notes).toEqual([
      'near is FAILED (CANCELLED), not FAILED (TIMEOUT): by hand',
    ]);
  });

  test('whose schedule was lost comes by the sweep, which waits for the grace time', () => {
    const lost = (latenessMs: number) => judged('schedule-lost', { stack: timedOut(latenessMs) });
    expect(lost(30_000)).toEqual(held(30_000));
    expect(lost(105_000)).toEqual(held(105_000));
    expect(lost(29_999).result).toBe('failed');
    expect(lost(105_001).result).toBe('failed');
  });

  test('of an operation that was extended counts from its later deadline', () => {
    const moved = stackOf({ deadline: at(20_000) });
    expect(judged('extended', { moved, stack: timedOut(10_100) })).toEqual(held(100));
    expect(judged('extended', { moved, stack: timedOut(0) }).notes).toEqual(['it came 10000 ms early']);
  });
});

test('what stopped a case is told', () => {
  expect(judged('far', { error: 'access denied' })).toEqual(failed(undefined, 'access denied'));
});

test('schedules that are left are told', () => {
  const stack = stackOf({ status: 'FAILED', cause: 'CANCELLED' });
  expect(judged('cancelled', { stack, schedulesLeft: true }).notes).toEqual(['its schedule is still there']);
});

test('the row of a completed operation is touched by nothing', () => {
  const of = (version: number) => judged('completed', { started: stackOf(), stack: completed({ version }) });
  expect(of(2)).toEqual(held());
  expect(of(3).notes).toEqual(['its row was written after its end']);
});

describe('a child', () => {
  const child = (end: Partial<Stack>) =>
    judged('nested', { started: stackOf(), stack: completed({ version: 2 }), child: stackOf(end) });

  test('ends after its parent, by it', () => {
    expect(child({ status: 'FAILED', cause: 'CANCELLED', endedAt: at(700) })).toEqual(held(200));
  });

  test('that goes on does not hold', () => {
    expect(child({}).notes[0]).toContain('the child is IN_PROGRESS');
  });
});

describe('a schedule', () => {
  const wakeUp = {
    v: 1,
    stackId: 'v/far',
    operationId: 'op-1',
    generation: 1,
    dueAt: at(150_000),
    hops: 0,
  };
  const good = {
    expression: 'at(2026-01-31T12:01:15)',
    targetArn: SETTINGS.timerQueueArn,
    input: JSON.stringify(wakeUp),
    deletesItself: true,
  };
  const started = stackOf({ stackId: 'v/far', deadline: at(150_000) });
  const notes = (more: Partial<typeof good>) =>
    judged('far', { started, schedule: { ...good, ...more }, stack: timedOut(0) }).notes;

  test('that is asked for by the lead ahead, and sends its wake-up to the timer queue, holds', () => {
    expect(notes({})).toEqual([]);
  });

  test.each([
    [{ expression: 'at(2026-01-31T12:01:16)' }, '75 s ahead of'],
    [{ expression: 'rate(1 minute)' }, 'its schedule is rate(1 minute)'],
    [{ targetArn: 'arn:other' }, 'sends to arn:other'],
    [{ input: JSON.stringify({ ...wakeUp, stackId: 'v/near' }) }, 'another wake-up'],
    [{ input: JSON.stringify({ ...wakeUp, dueAt: at(0) }) }, 'another wake-up'],
    [{ input: '' }, 'another wake-up'],
    [{ deletesItself: false }, 'does not delete itself'],
  ])('%j does not', (more, note) => {
    expect(notes(more)).toEqual([expect.stringContaining(note)]);
  });
});

describe('an engine that falls silent', () => {
  const resource = (more: Partial<ResourceAction>): ResourceAction => ({
    stackId: 'v/engine-lost',
    operationId: 'op-1',
    resource: 'work',
    action: 'CHECK',
    status: 'IN_PROGRESS',
    attempt: 2,
    maxAttempts: 2,
    statusReason: '',
    version: 5,
    ...more,
  });
  const lostAt = (ms: number, cause: 'ENGINE_LOST' | 'TIMEOUT' = 'ENGINE_LOST') =>
    resource({ lastFailure: { attempt: 1, engineId: 'e', cause, reason: '', at: at(ms) } });
  const work = {
    messages: { 1: true, 2: true },
    heartbeatDeadline: at(5000),
    offered: lostAt(7000),
    zombie: 'StaleAttempt',
    ended: resource({ status: 'COMPLETE' }),
  };
  const of = (more: Partial<typeof work>) =>
    judged('engine-lost', { stack: completed(), work: { ...work, ...more } });

  test('is found a third of its heartbeat timeout after the deadline', () => {
    expect(of({})).toEqual(held(334));
    expect(of({ offered: lostAt(6000) }).notes).toEqual(['it came 666 ms early']);
  });

  test.each([
    [{ offered: lostAt(7000, 'TIMEOUT') }, 'failed by TIMEOUT'],
    [{ messages: { 1: true, 2: false } }, 'the message of attempt 2 was not seen'],
    [{ zombie: 'ok' }, 'was answered ok, not StaleAttempt'],
    [{ ended: resource({ status: 'FAILED' }) }, 'the work is FAILED'],
  ])('%j does not hold', (more, note) => {
    expect(of(more).notes).toEqual([expect.stringContaining(note)]);
  });
});

describe('the history', () => {
  const entry = (more: Partial<HistoryEntry>): HistoryEntry => ({
    at: at(0),
    stackId: 'v/near',
    operationId: 'op-1',
    action: 'CHECK',
    transition: 'START',
    status: 'IN_PROGRESS',
    statusReason: '',
    version: 1,
    ...more,
  });
  const START = entry({});
  const end = (of: Stack) =>
    entry({ at: of.endedAt ?? '', status: of.status, ...(of.cause && { cause: of.cause }) });
  const told = (name: string, stack: Stack, history?: HistoryEntry[]) =>
    judgeHistory([{ one: caseOf(name), seen: { stack, ...(history && { history }) } }], SETTINGS).notes;
  const stack = timedOut(100);

  test('tells the start and the end', () => {
    expect(told('near', stack, [end(stack), START])).toEqual([]);
  });

  test.each([
    ['nothing', undefined, 'near: its history does not tell the end'],
    ['another end', [end(timedOut(200)), START], 'near: its history tells another end'],
    [
      'another cause',
      [{ ...end(stack), cause: 'CANCELLED' as const }, START],
      'near: its history tells another end',
    ],
    ['no start', [end(stack)], 'near: its history tells another start'],
    ['two starts', [end(stack), START, START], 'near: its history tells another start'],
  ])('that tells %s does not hold', (_, history, note) => {
    expect(told('near', stack, history)).toEqual([note]);
  });

  test('tells of the lost attempt', () => {
    const done = completed();
    const lost = entry({ resource: 'work', attempt: 1, cause: 'ENGINE_LOST' });
    expect(told('engine-lost', done, [end(done), lost, START])).toEqual([]);
    expect(told('engine-lost', done, [end(done), START])).toHaveLength(1);
  });

  test('is not asked for what has not ended', () => {
    expect(told('near', stackOf())).toEqual([]);
  });
});

describe('the parts', () => {
  const good: Inspection = {
    deadLetters: [{ name: 'timers', count: { value: 0 } }],
    triggers: { value: [{ name: 'rule of the sweep', state: 'on' }] },
    alarms: {
      before: { value: [{ name: 'Deployed-hops', isOn: false }] },
      after: { value: [{ name: 'Deployed-hops', isOn: false }] },
    },
    canary: { value: { succeededAt: AT - 60_000 } },
    concurrency: { value: { unreserved: 1000, wake: 45 } },
    lastEnd: AT,
  };
  const judgedParts = (more: Partial<Inspection>) =>
    judgeDeployment({ ...good, ...more }, SETTINGS).filter(({ result }) => result !== 'held');

  test('hold if nothing is wrong', () => {
    expect(judgedParts({})).toEqual([]);
  });

  test.each<[Partial<Inspection>, string, string]>([
    [{ deadLetters: [{ name: 'work', count: { value: 2 } }] }, 'dead-letters', 'work: 2'],
    [{ deadLetters: [{ name: 'work', count: { error: 'denied' } }] }, 'dead-letters', 'not read: denied'],
    [{ triggers: { value: [{ name: 'mapping', state: 'off' }] } }, 'triggers', 'mapping: off'],
    [{ triggers: { value: [{ name: 'mapping', state: 'changing' }] } }, 'triggers', 'mapping: changing'],
    [{ canary: { value: {} } }, 'canary', 'never succeeded'],
    [{ canary: { value: { succeededAt: AT - 120_001 } } }, 'canary', 'succeeded last at'],
    [{ canary: { value: { succeededAt: AT - 9000, failedAt: AT - 8000 } } }, 'canary', 'failed at'],
    [{ concurrency: { value: { unreserved: 45, wake: 45 } } }, 'concurrency', 'wake may take 45 of the 45'],
    [{ concurrency: { value: undefined } }, 'concurrency', 'an emulator'],
    [{ alarms: { before: { error: 'denied' }, after: { error: 'denied' } } }, 'alarms', 'not read: denied'],
  ])('%j', (more, name, note) => {
    expect(judgedParts(more)).toMatchObject([{ name, notes: [expect.stringContaining(note)] }]);
  });

  describe('alarms', () => {
    const alarms = (before: string[], after: string[]) => {
      const of = (names: string[]) => ({
        value: ['Deployed-hops', ...names].map((name) => ({ name, isOn: names.includes(name) })),
      });
      const [found] = judgedParts({ alarms: { before: of(before), after: of(after) } });
      return found?.notes ?? [];
    };

    test('that the lost schedule sets off are expected, unless they were on before', () => {
      expect(alarms([], ['Deployed-lateness', 'Deployed-sweep-overdue'])).toEqual([]);
      expect(alarms(['Deployed-lateness'], ['Deployed-lateness'])).toEqual(['Deployed-lateness is on']);
    });

    test('of a new deployment, which waits for its first sweep, may have been on before', () => {
      expect(alarms(['Deployed-sweep-missing'], [])).toEqual([]);
    });

    test('that are on do not hold', () => {
      expect(alarms([], ['Deployed-canary-failed'])).toEqual(['Deployed-canary-failed is on']);
    });

    test('that are missing do not hold', () => {
      const none = { value: [] };
      expect(judgedParts({ alarms: { before: none, after: none } })[0]?.notes).toEqual([
        'there is no alarm Deployed-*',
      ]);
    });

    test('of another deployment are not its own', () => {
      const alarm = (name: string) => ({ name, isOn: true });
      const own = [alarm('A-lateness'), alarm('A-work-age')];
      expect(ownAlarms([...own, alarm('A-B-lateness'), alarm('A-B-work-age')], 'A')).toEqual(own);
    });
  });
});
