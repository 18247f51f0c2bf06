import { beforeEach, describe, expect, test } from 'vitest';
import { arm } from '../../../../lambdas/arm/arm.ts';
import type { RowChange } from '../../../../lambdas/domain/consequences.ts';
import type { StackInProgress } from '../../../../lambdas/domain/stack/state.ts';
import { firstWakeUp, scheduleName, timerOf } from '../../../../lambdas/domain/timer.ts';
import type { DelayedWakeUp, Schedule } from '../../../../lambdas/ports/messaging.ts';
import { TestHarness } from '../../../support/harness.ts';
import { endedRow, inProgress, NOW } from '../../../support/rows.ts';

let harness: TestHarness;
let sent: DelayedWakeUp[];
let created: Schedule[];
let deleted: string[];
/** What becomes of each call; at first, all goes well. */
let onSend: (messages: readonly DelayedWakeUp[]) => readonly DelayedWakeUp[];
let onCreate: (schedule: Schedule) => 'created' | 'unavailable';
let onDelete: () => 'deleted' | 'unavailable';

beforeEach(() => {
  harness = new TestHarness();
  [sent, created, deleted] = [[], [], []];
  onSend = () => [];
  onCreate = () => 'created';
  onDelete = () => 'deleted';
  harness.deps.queue = {
    send: async (messages) => {
      sent.push(...messages);
      return onSend(messages);
    },
  };
  harness.deps.schedules = {
    create: async (schedule) => {
      created.push(schedule);
      return onCreate(schedule);
    },
    delete: async (name) => {
      deleted.push(name);
      return onDelete();
    },
  };
});

/** A row whose timer is due so many seconds from now: from 121 on, it is far. */
function dueIn(stackId: string, seconds: number): StackInProgress {
  const deadline = NOW + seconds * 1000;
  return inProgress({ stackId, deadline, timer: { generation: 1, dueAt: deadline, setAt: NOW } });
}
const start = (after: StackInProgress): RowChange => ({ after });
const end = (before: StackInProgress): RowChange => ({
  before,
  after: endedRow('completed', { stackId: before.stackId }),
});
const nameOf = (row: StackInProgress) => scheduleName(timerOf(row));
const subjectOf = (stackId: string) => ({ stackId, operationId: 'op-1', generation: 1 });

test('a near timer is sent with the delay up to the moment it is due', async () => {
  const rows = [dueIn('now', 0), dueIn('soon', 0.5), dueIn('minute', 60), dueIn('last', 120)];
  await arm(harness.deps, rows.map(start));
  expect(sent).toEqual(
    [0, 0, 60, 120].map((delaySeconds, n) => ({
      wakeUp: firstWakeUp(timerOf(rows[n] as StackInProgress)),
      delaySeconds,
    })),
  );
  expect(created).toEqual([]);
  expect(harness.telemetry.of('armed')).toHaveLength(4);
});

test('a far timer gets a schedule of its own name, ahead of the moment it is due', async () => {
  const row = dueIn('far', 121);
  await arm(harness.deps, [start(row)]);
  expect(created[0]?.at).toBeLessThanOrEqual(NOW + (121 - 75) * 1000);
  expect(created).toEqual([{ name: nameOf(row), at: expect.any(Number), wakeUp: firstWakeUp(timerOf(row)) }]);
  expect(sent).toEqual([]);
});

test.each([
  ['near', 60, 0],
  ['far', 600, 1],
])('a %s timer that was stopped in the same batch gets no wake-up', async (_, seconds, deletions) => {
  const row = dueIn('stack-1', seconds);
  await arm(harness.deps, [start(row), end(row)]);
  expect(sent).toEqual([]);
  expect(created).toEqual([]);
  // Nevertheless: an earlier delivery of the batch may have created it. A near one cannot have a
  // schedule.
  expect(deleted).toEqual(Array.from({ length: deletions }, () => nameOf(row)));
  expect(harness.telemetry.of('armed')).toEqual([]);
});

test('the end of one operation does not keep the next one’s timer from being armed', async () => {
  const old = dueIn('stack-1', 600);
  const next = { ...dueIn('stack-1', 600), operationId: 'op-2' };
  await arm(harness.deps, [start(old), { before: old, after: next }]);
  expect(created.map(({ name }) => name)).toEqual([nameOf(next)]);
  expect(deleted).toEqual([nameOf(old)]);
});

describe('timers that could not be armed', () => {
  test('one far timer: it is on record, everything else is done, and the batch comes again', async () => {
    const far = ['far-1', 'far-2', 'far-3'].map((stackId) => dueIn(stackId, 600));
    const stopped = dueIn('stopped', 600);
    onCreate = ({ wakeUp }) => {
      if (wakeUp.stackId === 'far-1') throw new Error('not permitted');
      return 'created';
    };
    await expect(
      arm(harness.deps, [...far.map(start), start(dueIn('near', 60)), end(stopped)]),
    ).rejects.toThrow(/^1 timers could not be armed or disarmed; first: .*not permitted/);
    expect(created.map(({ wakeUp }) => wakeUp.stackId)).toEqual(['far-1', 'far-2', 'far-3']);
    expect(sent.map(({ wakeUp }) => wakeUp.stackId)).toEqual(['near']);
    expect(deleted).toEqual([nameOf(stopped)]);
    expect(
      harness.telemetry
        .of('armed')
        .map(({ timer }) => timer.stackId)
        .sort(),
    ).toEqual(['far-2', 'far-3', 'near']);
    expect(harness.telemetry.of('failed')).toEqual([
      { kind: 'failed', subject: subjectOf('far-1'), error: new Error('not permitted') },
    ]);
  });

  test('a hundred far timers of which the first fails: the other 99 are created', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => dueIn(`far-${n}`, 600));
    onCreate = ({ wakeUp }) => {
      if (wakeUp.stackId === 'far-0') throw new Error('not permitted');
      return 'created';
    };
    await expect(arm(harness.deps, rows.map(start))).rejects.toThrow(/^1 timers could not be armed/);
    expect(created).toHaveLength(100);
  });

  test('near ones that the queue did not take, and only those', async () => {
    const rows = ['near-1', 'near-2', 'near-3'].map((stackId) => dueIn(stackId, 60));
    const far = dueIn('far', 600);
    onSend = (messages) => messages.filter(({ wakeUp }) => wakeUp.stackId !== 'near-2');
    await expect(arm(harness.deps, [...rows, far].map(start))).rejects.toThrow(
      /^2 timers could not be armed or disarmed; first: .*the timer queue did not take the wake-up/,
    );
    expect(harness.telemetry.of('failed').map(({ subject }) => subject)).toEqual([
      subjectOf('near-1'),
      subjectOf('near-3'),
    ]);
    expect(
      harness.telemetry
        .of('armed')
        .map(({ timer }) => timer.stackId)
        .sort(),
    ).toEqual(['far', 'near-2']);
  });

  test('all near ones if the queue fails; the far ones are created', async () => {
    const rows = [dueIn('near-1', 60), dueIn('near-2', 60), dueIn('far', 600)];
    onSend = () => {
      throw new Error('no queue');
    };
    await expect(arm(harness.deps, rows.map(start))).rejects.toThrow(
      /^2 timers could not be armed or disarmed; first: .*no queue/,
    );
    expect(created.map(({ wakeUp }) => wakeUp.stackId)).toEqual(['far']);
    expect(harness.telemetry.of('failed').map(({ subject }) => subject)).toEqual([
      subjectOf('near-1'),
      subjectOf('near-2'),
    ]);
  });
});

test('a schedule that cannot be created now is no error: it is counted, and the sweep covers it', async () => {
  onCreate = () => 'unavailable';
  const row = dueIn('far', 600);
  await arm(harness.deps, [start(row)]);
  expect(harness.telemetry.of('unarmed')).toEqual([{ kind: 'unarmed', timer: timerOf(row) }]);
  expect(harness.telemetry.of('armed')).toEqual([]);
});

test('a schedule that cannot be deleted now is no error: it will change nothing', async () => {
  onDelete = () => 'unavailable';
  const stopped = dueIn('stopped', 600);
  await arm(harness.deps, [end(stopped), start(dueIn('near', 60)), start(dueIn('far', 600))]);
  expect(harness.telemetry.of('disarmed')).toEqual([
    { kind: 'disarmed', timer: timerOf(stopped), result: 'unavailable' },
  ]);
  expect(sent).toHaveLength(1);
  expect(created).toHaveLength(1);
});

describe('schedules of stopped timers', () => {
  test('are deleted after everything was armed', async () => {
    const order: string[] = [];
    onSend = () => {
      order.push('send');
      return [];
    };
    onCreate = () => {
      order.push('create');
      return 'created';
    };
    onDelete = () => {
      order.push('delete');
      return 'deleted';
    };
    await arm(harness.deps, [end(dueIn('stopped', 600)), start(dueIn('near', 60)), start(dueIn('far', 600))]);
    expect(order).toEqual(['send', 'create', 'delete']);
  });

  test('are not asked for when their time has passed: they have deleted themselves', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => dueIn(`stack-${n}`, 600));
    harness.clock.moveTo(NOW + 600_000);
    await arm(harness.deps, rows.map(end));
    expect(deleted).toEqual([]);
  });

  test('are left to fire from the first one on that EventBridge Scheduler does not take', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => dueIn(`stack-${n}`, 600));
    onDelete = () => 'unavailable';
    await arm(harness.deps, rows.map(end));
    // At most those that were under way at the same time.
    expect(deleted.length).toBeLessThanOrEqual(20);
    expect(harness.telemetry.of('disarmed')).toHaveLength(deleted.length);
  });
});
