/** The table is lost, and restored from a copy of a moment before. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Item, Restoration } from '../../../../cli/restore/restore.ts';
import { scheduleName, timerOf } from '../../../../lambdas/domain/timer.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';
import { restorationInto, restoreInto, scan, write } from '../../../support/restoration.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * The service before its table was lost: a stack with work in every phase, and a child that is
 * scanned before it.
 */
let lost: TestHarness;
/** The same service afterwards: its table is empty. */
let service: TestHarness;
let copy: readonly Item[];

beforeEach(async () => {
  lost = new TestHarness();
  await lost.start('parent', DAY);
  await lost.start('child', DAY, { parent: { stackId: 'parent', operationId: 'op-1' } });
  const action = (name: string) => {
    const { dispatch, ...rest } = resourceAction(lost, name, 'parent');
    return { ...rest, dispatch: (fields: object) => dispatch({ ...fields, onFailure: 'CONTINUE' }) };
  };
  for (let n = 0; n < 12; n++) {
    await action(`running-${n}`).dispatch({ startToCloseSeconds: HOUR, retry: { maxAttempts: 3 } });
    await action(`running-${n}`).claim(`claim-${n}`);
  }
  await action('queued').dispatch({ startToCloseSeconds: HOUR, input: { size: 1 } });
  const retry = { maxAttempts: 3, intervalSeconds: 2 * HOUR, jitter: 'NONE' };
  await action('backoff').dispatch({ startToCloseSeconds: HOUR, retry });
  await action('backoff').claim();
  await action('backoff').complete({ status: 'FAILED' });
  await action('heartbeats').dispatch({ startToCloseSeconds: 2 * HOUR, heartbeatSeconds: HOUR });
  await action('heartbeats').claim();
  await lost.extend('parent', DAY);
  // The timers that were near get schedules.
  await lost.run(90);
  await action('heartbeats').heartbeat();
  await lost.start('ended', DAY);
  await lost.command({ command: 'CancelOperation', stackId: 'ended', operationId: 'op-1' });
  await lost.run(2);

  copy = scan(lost.table);
  service = new TestHarness();
  service.clock.advance(lost.clock.now() - service.clock.now());
});

/** What each row is in. */
const phases = ({ table }: TestHarness): Record<string, string> =>
  Object.fromEntries(
    [...table.rows.values(), ...table.resourceRows.values()].map((row) => [
      'resource' in row ? row.resource : row.stackId,
      row.status === 'IN_PROGRESS' ? ('phase' in row ? row.phase : row.status) : `${row.status} ${row.cause}`,
    ]),
  );

/** The far timers without a schedule. */
const unarmed = ({ table, schedules, clock }: TestHarness): string[] =>
  [...table.rows.values(), ...table.resourceRows.values()].flatMap((row) => {
    if (row.status !== 'IN_PROGRESS' || row.timer.dueAt - clock.now() < 300_000) return [];
    return schedules.schedules.has(scheduleName(timerOf(row))) ? [] : [timerOf(row).resource ?? row.stackId];
  });

test('why it needs a command: a copy that the service sees in part ends what it restores', async () => {
  for (const item of copy) {
    await write(service.table, item);
    await service.run(1);
  }
  const after = phases(service);
  expect(after.child).toBe('FAILED CANCELLED');
  expect(after['running-0']).toBe('FAILED CANCELLED');
});

describe('restored by the command', () => {
  test('nothing is ended, every far timer has a schedule, and the rows are the same but for their timers', async () => {
    const report = await restoreInto(service, restorationInto(service, copy));
    expect(report).toMatchObject({ read: copy.length, copied: copy.length, kept: 0, failed: 0 });
    await service.run(5);
    expect(phases(service)).toEqual(phases(lost));
    expect(unarmed(service)).toEqual([]);
    expect(service.table.payloads).toEqual(lost.table.payloads);
    expect(service.table.childItems).toEqual(lost.table.childItems);
    expect(service.alive).toMatchObject({ arm: true, effects: true, wake: true, sweep: true });
  });

  test('timers that EventBridge Scheduler does not accept, since all come at once, get a schedule afterwards', async () => {
    const restoration = restorationInto(service, copy);
    service.deps.schedules = { create: async () => 'unavailable', delete: async () => 'unavailable' };
    const rearmPage: Restoration['rearmPage'] = (request) => {
      expect(unarmed(service)).not.toEqual([]);
      service.deps.schedules = service.schedules;
      return restoration.rearmPage(request);
    };
    await restoreInto(service, { ...restoration, rearmPage });
    await service.tick();
    expect(unarmed(service)).toEqual([]);
  });

  test('everything ends by its timeouts, and the child with its parent', async () => {
    await restoreInto(service, restorationInto(service, copy));
    // Not through the sweep.
    service.alive.sweep = false;
    for (let hour = 0; hour < 26; hour++) {
      await service.run(120);
      service.clock.advance((HOUR - 120) * 1000);
    }
    await service.run(1000);
    expect(Object.values(phases(service)).filter((phase) => !/^(FAILED|COMPLETE)/.test(phase))).toEqual([]);
    expect(service.table.rows.get('parent')).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
  });

  test('status changes are published again with the ids that they had', async () => {
    const ids = ({ bus }: TestHarness) => bus.published.map(({ id }) => id);
    const before = ids(lost);
    await restoreInto(service, restorationInto(service, copy));
    await service.tick();
    const again = ids(service).filter((id) => before.includes(id));
    expect(again).toContain('ended/op-1//2/CANCEL');
    expect(again).toContain('child/op-1//1/START');
    // The last change of these rows was of no status: they are published as they are.
    const others = ids(service).filter((id) => !before.includes(id));
    expect(others).toContain('parent/op-1/running-0/3/REARM');
    expect(others.filter((id) => !/(REARM|HEARTBEAT|OFFER|parent.op-1..2.START)$/.test(id))).toEqual([]);
  });

  test('the history comes along, and what is published again changes none of it', async () => {
    await restoreInto(service, restorationInto(service, copy));
    await service.run(5);
    const { entries } = service.table;
    expect(lost.table.entries.size).toBeGreaterThan(30);
    for (const [place, kept] of lost.table.entries) expect(entries.get(place), place).toEqual(kept);
    // What was published under an id of its own has an entry, too, and work that nobody took meanwhile.
    const transitions = [...entries].flatMap(([place, { entry }]) =>
      lost.table.entries.has(place) ? [] : [entry.transition],
    );
    expect(new Set(transitions)).toEqual(new Set(['REARM', 'HEARTBEAT', 'START', 'OFFER']));
  });

  test('what the end of an operation had not reached at the moment of the copy, it reaches now', async () => {
    lost.alive.effects = false;
    await lost.command({ command: 'CancelOperation', stackId: 'parent', operationId: 'op-1' });
    await restoreInto(service, restorationInto(service, scan(lost.table)));
    await service.run(2);
    const { child, queued, backoff, 'running-3': running } = phases(service);
    expect([child, queued, backoff, running]).toEqual(Array(4).fill('FAILED CANCELLED'));
  });
});

describe('interrupted', () => {
  /** The same, but the call of this number to any of its ports fails. */
  function failing(restoration: Restoration, at: number): { restoration: Restoration; calls: () => number } {
    let calls = 0;
    const count = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (++calls === at) throw new Error('interrupted');
        return call(...args);
      };
    };
    const { triggers, source, target, rearmPage } = restoration;
    return {
      calls: () => calls,
      restoration: {
        triggers: triggers.map((trigger) => ({
          ...trigger,
          state: count(trigger.state),
          switch: count(trigger.switch),
        })),
        source,
        target: { ...target, find: count(target.find), put: count(target.put) },
        rearmPage: count(rearmPage),
      },
    };
  }

  test('at any point and run again, it comes to the same, and everything is on', async () => {
    const whole = failing(restorationInto(service, copy), Number.NaN);
    await restoreInto(service, whole.restoration);
    expect(whole.calls()).toBeGreaterThan(30);
    for (let at = 1; at <= whole.calls(); at++) {
      service = new TestHarness();
      service.clock.advance(lost.clock.now() - service.clock.now());
      const restoration = restorationInto(service, copy);
      await expect(restoreInto(service, failing(restoration, at).restoration)).rejects.toThrow('interrupted');
      await service.run(3);
      await restoreInto(service, restoration);
      await service.run(3);
      expect(phases(service), `interrupted at call ${at}`).toEqual(phases(lost));
      expect(unarmed(service)).toEqual([]);
      expect(service.alive).toMatchObject({ arm: true, effects: true, wake: true, sweep: true });
    }
  });
});

describe('rows that were written since', () => {
  test('are kept: a later state of the same operation, and another operation', async () => {
    for (const item of copy) await write(service.table, item);
    await service.command({
      command: 'CompleteOperation',
      stackId: 'child',
      operationId: 'op-1',
      status: 'COMPLETE',
    });
    await service.start('ended', DAY, { operationId: 'op-2' });
    const report = await restoreInto(service, restorationInto(service, copy));
    expect(report).toMatchObject({ copied: 0, kept: copy.length });
    expect(phases(service)).toMatchObject({ child: 'COMPLETE REPORTED', ended: 'IN_PROGRESS' });
  });

  test('are replaced if they are an earlier state of the same operation, or with overwrite', async () => {
    for (const item of copy) await write(service.table, item);
    await lost.extend('parent', 2 * DAY);
    await service.start('ended', DAY, { operationId: 'op-2' });
    const later = scan(lost.table);
    const report = await restoreInto(service, restorationInto(service, later));
    expect(report).toMatchObject({ copied: 1, kept: copy.length - 1 });
    expect(service.table.rows.get('parent')).toMatchObject({ deadline: lost.clock.now() + 2 * DAY * 1000 });

    await restoreInto(service, restorationInto(service, later), { overwrite: true });
    expect(phases(service).ended).toBe('FAILED CANCELLED');
  });

  test('end what the copy has of the operation before', async () => {
    await service.start('parent', DAY, { operationId: 'op-2' });
    await restoreInto(service, restorationInto(service, copy));
    await service.run(2);
    expect(phases(service)).toMatchObject({
      parent: 'IN_PROGRESS',
      child: 'FAILED CANCELLED',
      queued: 'FAILED CANCELLED',
      'running-0': 'FAILED CANCELLED',
    });
  });
});

test('what has expired is not brought back', async () => {
  service.clock.advance(400 * DAY * 1000);
  await restoreInto(service, restorationInto(service, copy));
  expect(service.table.rows.has('parent')).toBe(true);
  expect(service.table.rows.has('ended')).toBe(false);
});
