/**
 * Wake-ups, schedules and index entries of earlier versions find their rows, and come to what they
 * did then.
 */
import { describe, expect, test } from 'vitest';
import { parseDeadWakeUp } from '../../cli/redrive/dead-letters.ts';
import { parseWakeUp, type WakeUp } from '../../contract/index.ts';
import type { Item } from '../../lambdas/adapters/dynamodb/keys.ts';
import { arm } from '../../lambdas/arm/arm.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import type {
  ResourceActionInProgress,
  ResourceActionRunning,
} from '../../lambdas/domain/resource-action/state.ts';
import type { StackInProgress, StackRow } from '../../lambdas/domain/stack/state.ts';
import {
  type ArmPlan,
  firstWakeUp,
  mayHaveSchedule,
  planArming,
  type RowTimer,
  SHARDS,
  scheduleName,
  shardOf,
  type TimerSettings,
  timerOf,
} from '../../lambdas/domain/timer.ts';
import { handleOverdue, handleWakeUp } from '../../lambdas/shared/handle-wake-up.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryQueue, MemorySchedules, RecordingTelemetry } from '../support/memory-services.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { decidedOf, fixture, itemOf, type OldRow, rowOf, today, VERSIONS } from './fixtures.ts';

type Live = StackInProgress | ResourceActionInProgress;

interface OldWakeUps {
  readonly retention: number;
  /** The stacks of the resource actions. */
  readonly stacks?: readonly Item[];
  readonly timers: readonly (OldRow & {
    /** As it lay in the timer queue. */
    readonly message: string;
    readonly deadLetterOfScheduler: string;
    readonly looks: readonly { readonly now: number; readonly outcome: string; readonly written?: Item }[];
  })[];
}

describe.each(VERSIONS)('wake-ups of %s', (version) => {
  const { retention, stacks = [], timers } = fixture<OldWakeUps>(version, 'wake-ups');

  /** The use case over a table that holds the row. */
  function handling(item: Item, now: number) {
    const table = new MemoryTable();
    const row = rowOf(item);
    for (const stack of stacks.map(rowOf)) {
      if (stack.stackId !== row.stackId || stack.operationId === row.operationId)
        table.rows.set(stack.stackId, stack as StackRow);
    }
    if ('resource' in row) table.resourceRows.set(`${row.stackId}\n${row.resource}`, row);
    else table.rows.set(row.stackId, row);
    const clock = new ManualClock(now);
    const deps = {
      store: table,
      resources: table.resources,
      health: table.health,
      probe: () => table.health.record({ succeededAt: now }),
      clock,
      telemetry: new RecordingTelemetry(),
      retention,
    };
    return {
      wake: (wakeUp: WakeUp) => handleWakeUp(deps, wakeUp),
      sweep: () =>
        handleOverdue(deps, { stackId: row.stackId, ...('resource' in row && { resource: row.resource }) }),
    };
  }

  const cases = timers.flatMap(({ looks, ...timer }) => looks.map((one) => ({ ...timer, ...one })));

  test.each(cases)('$name: $outcome', async ({ item, message, now, outcome, written }) => {
    const wakeUp = parseWakeUp(message);
    if (!wakeUp.ok) throw new Error(wakeUp.message);
    const found = await handling(item, now).wake(wakeUp.value);
    if (version !== 'v3' && written?.change?.S === 'ENGINE_LOST') {
      // Since then, the loss is decided in two steps.
      expect(found).toMatchObject({ outcome: 'granted', save: { suspicion: { provenAt: now } } });
      const proven = found.save as ResourceActionRunning;
      const second = await handling(itemOf(proven), proven.timer.dueAt).sweep();
      expect(second).toMatchObject({ outcome: 'fired', cause: 'ENGINE_LOST' });
      return;
    }
    const decided = today(version, written ? { written } : outcome);
    expect(found.outcome).toBe(outcome);
    expect(decidedOf(version, found)).toEqual(decided);
    expect(decidedOf(version, await handling(item, now).sweep()), 'so does the sweep').toEqual(decided);
  });

  test.each(timers)('$name: of an earlier timer it changes nothing', async ({ item, message, looks }) => {
    const wakeUp = { ...JSON.parse(message), generation: rowOf(item).version + 7 };
    expect((await handling(item, looks.at(-1)?.now ?? 0).wake(wakeUp)).outcome).toBe('stale');
  });

  test.each(timers)('$name: a dead letter is sent again as it was', ({ message, deadLetterOfScheduler }) => {
    for (const body of [message, deadLetterOfScheduler]) {
      expect(parseDeadWakeUp(body)).toMatchObject({ ok: true, body: deadLetterOfScheduler });
    }
  });
});

interface OldSchedules {
  readonly settings: TimerSettings;
  readonly timers: readonly (OldRow & {
    readonly plan: ArmPlan;
    readonly schedule: string;
    readonly shard: string;
    readonly mayHaveSchedule: boolean;
  })[];
  readonly shards: readonly {
    readonly row: { stackId: string; resource?: string };
    readonly shard: string;
  }[];
}

describe.each(VERSIONS)('schedules and shards of %s', (version) => {
  const { settings, timers, shards } = fixture<OldSchedules>(version, 'schedules');

  test.each(timers)('$name: the schedule has its name and its path', ({ item, ...old }) => {
    const row = rowOf(item) as Live;
    const timer: RowTimer = timerOf(row);
    expect(scheduleName(timer)).toBe(old.schedule);
    expect(planArming(timer, timer.setAt, settings).path).toBe(old.plan.path);
    expect(mayHaveSchedule(timer, timer.setAt, settings)).toBe(old.mayHaveSchedule);
  });

  test.each(timers.filter(({ plan }) => plan.path === 'schedule'))(
    '$name: the schedule is deleted when the row ends',
    async ({ item, schedule }) => {
      const before = rowOf(item) as Live;
      const schedules = new MemorySchedules();
      const wakeUp = firstWakeUp(timerOf(before));
      await schedules.create({ name: schedule, at: before.timer.dueAt, wakeUp });
      const clock = new ManualClock(before.timer.setAt);
      const { timer, ...rest } = before;
      const end = { status: 'FAILED', expiresAt: 0, lastGeneration: timer.generation };
      const change = { before, after: { ...rest, ...end } } as unknown as RowChange;
      const deps = { schedules, queue: new MemoryQueue(clock), clock, settings };
      await arm({ ...deps, telemetry: new RecordingTelemetry() }, [change]);
      expect([...schedules.schedules.keys()]).toEqual([]);
    },
  );

  test.each(timers)('$name: the sweep finds it where it is', ({ item, shard }) => {
    const row = rowOf(item);
    expect(item.timerShard).toEqual({ S: shard });
    expect(shardOf(row)).toBe(shard);
    expect(SHARDS).toContain(shard);
    expect(itemOf(row).timerDueAt).toEqual(item.timerDueAt);
  });

  test.each(shards)('the shard $shard', ({ row, shard }) => {
    expect(shardOf(row)).toBe(shard);
  });
});
