import { beforeEach, describe, expect, test } from 'vitest';
import type { OperationStatusChange, ResourceActionStatusChange } from '../../contract/index.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import { statusChanges } from '../../lambdas/domain/status-changes.ts';
import { firstWakeUp, scheduleName, timerOf } from '../../lambdas/domain/timer.ts';
import type { EventBus, Schedules, TimerQueue } from '../../lambdas/ports/messaging.ts';
import { eventually } from '../../local/eventually.ts';
import { inProgress } from '../support/rows.ts';

const wakeUpOf = (stackId: string) => firstWakeUp(timerOf(inProgress({ stackId })));

/**
 * What the use cases rely on of the timer queue. `received` takes the bodies of the messages
 * visible now.
 */
export function timerQueueSuite(
  make: () => Promise<{ queue: TimerQueue; received: () => Promise<string[]> }>,
): void {
  let harness: Awaited<ReturnType<typeof make>>;
  beforeEach(async () => {
    harness = await make();
  });

  describe('the timer queue', () => {
    test('takes more than one batch, and gives every body back as it was', async () => {
      const sent = Array.from({ length: 23 }, (_, n) => wakeUpOf(`stack-${n}`));
      expect(await harness.queue.send(sent.map((wakeUp) => ({ wakeUp, delaySeconds: 0 })))).toEqual([]);
      const bodies: string[] = [];
      await eventually(async () => {
        bodies.push(...(await harness.received()));
        expect(bodies).toHaveLength(23);
      });
      expect(bodies.sort()).toEqual(sent.map((wakeUp) => JSON.stringify(wakeUp)).sort());
    });

    test('sending nothing is fine', async () => {
      expect(await harness.queue.send([])).toEqual([]);
      expect(await harness.received()).toEqual([]);
    });

    test('a delayed message is not there yet', async () => {
      await harness.queue.send([{ wakeUp: wakeUpOf('stack-1'), delaySeconds: 900 }]);
      expect(await harness.received()).toEqual([]);
    });
  });
}

/**
 * What the use cases rely on of the schedules. `stored` gives what would be sent, and when, by
 * name.
 */
export function schedulesSuite(
  make: () => Promise<{
    schedules: Schedules;
    stored: () => Promise<{ name: string; at: number; body: string }[]>;
  }>,
): void {
  let harness: Awaited<ReturnType<typeof make>>;
  beforeEach(async () => {
    harness = await make();
  });
  const timer = timerOf(inProgress());
  const name = scheduleName(timer);
  const wakeUp = firstWakeUp(timer);
  const at = Date.parse('2027-01-31T12:00:00.000Z');

  describe('the schedules', () => {
    test('a schedule holds the wake-up and the time', async () => {
      expect(await harness.schedules.create({ name, at, wakeUp })).toBe('created');
      expect(await harness.stored()).toEqual([{ name, at, body: JSON.stringify(wakeUp) }]);
    });

    test('a name already taken counts as created, and nothing is overwritten', async () => {
      await harness.schedules.create({ name, at, wakeUp });
      expect(await harness.schedules.create({ name, at: at + 60_000, wakeUp })).toBe('created');
      expect(await harness.stored()).toEqual([{ name, at, body: JSON.stringify(wakeUp) }]);
    });

    test('a deleted schedule is gone; deleting what does not exist counts as deleted', async () => {
      await harness.schedules.create({ name, at, wakeUp });
      expect(await harness.schedules.delete(name)).toBe('deleted');
      expect(await harness.stored()).toEqual([]);
      expect(await harness.schedules.delete(name)).toBe('deleted');
    });
  });
}

type StatusChangeEvent = OperationStatusChange | ResourceActionStatusChange;

/**
 * What the use cases rely on of the bus. `received` takes the details of the events that arrived.
 */
export function eventBusSuite(
  make: () => Promise<{ bus: EventBus; received: () => Promise<StatusChangeEvent[]> }>,
): void {
  test('the bus takes more than one batch, and delivers every detail as it was', async () => {
    const { bus, received } = await make();
    const events = Array.from(
      { length: 13 },
      (_, n): RowChange => ({ after: inProgress({ stackId: `stack-${n}` }) }),
    )
      .flatMap(statusChanges)
      .map(({ event }) => event);
    await bus.publish(events);
    await bus.publish([]);
    const details: StatusChangeEvent[] = [];
    await eventually(async () => {
      details.push(...(await received()));
      expect(details).toHaveLength(13);
    });
    const byId = (a: StatusChangeEvent, b: StatusChangeEvent) => (a.id < b.id ? -1 : 1);
    expect(details.sort(byId)).toEqual(events.sort(byId));
  });
}
