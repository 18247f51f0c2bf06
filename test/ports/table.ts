import { beforeEach, describe, expect, test } from 'vitest';
import { ENDED_SHARDS, SHARDS, shardOf } from '../../lambdas/domain/timer.ts';
import type {
  ResourceActionStore,
  StackStore,
  SweepLease,
  TimerIndex,
  TimerQuery,
} from '../../lambdas/ports/stores.ts';
import { eventually } from '../../local/eventually.ts';
import { endedResource, queued, running } from '../support/resource-rows.ts';
import { endedRow, inProgress, NOW } from '../support/rows.ts';

export interface Table {
  readonly store: StackStore;
  readonly resources: ResourceActionStore;
  readonly index: TimerIndex;
  readonly lease: SweepLease;
}

/** What the use cases rely on of the table. `make` gives an empty one. */
export function tableSuite(make: () => Promise<Table>): void {
  let table: Table;
  beforeEach(async () => {
    table = await make();
  });

  describe('the store', () => {
    test('a row that does not exist is undefined', async () => {
      expect(await table.store.load('stack-1')).toBeUndefined();
    });

    test.each([
      ['in progress', inProgress({ metadata: '{"a":[1,null]}', endedOperationIds: ['op-0', 'op--1'] })],
      ['extended', inProgress({ deadline: NOW + 999_999, change: 'EXTEND' })],
      ['timed out', endedRow('timedOut')],
      [
        'completed',
        endedRow('completed', { metadata: '{}', lastGeneration: 7, endedOperationIds: ['op-0'] }),
      ],
      ['cancelled', endedRow('cancelled')],
    ])('a row that is %s comes back as it was saved', async (_, row) => {
      expect(await table.store.save(row, undefined)).toEqual({ saved: true });
      expect(await table.store.load(row.stackId)).toEqual(row);
    });

    test('a first save needs the row to be absent', async () => {
      await table.store.save(inProgress(), undefined);
      expect(await table.store.save(inProgress({ operationId: 'op-2' }), undefined)).toEqual({
        saved: false,
        current: inProgress(),
      });
      expect(await table.store.load('stack-1')).toEqual(inProgress());
    });

    test('a later save needs the version seen, and a refused one brings the row that won', async () => {
      await table.store.save(inProgress(), undefined);
      const second = inProgress({ version: 2, deadline: NOW + 1 });
      expect(await table.store.save(second, inProgress())).toEqual({ saved: true });
      expect(await table.store.save(endedRow('completed'), inProgress())).toEqual({
        saved: false,
        current: second,
      });
      expect(await table.store.load('stack-1')).toEqual(second);
    });

    test('a save of a row that has gone meanwhile is refused', async () => {
      expect(await table.store.save(inProgress({ version: 2 }), inProgress())).toEqual({
        saved: false,
        current: undefined,
      });
      expect(await table.store.load('stack-1')).toBeUndefined();
    });

    test('a save over another operation of the same version is refused: the row seen has expired and gone', async () => {
      const other = inProgress({ operationId: 'op-2' });
      await table.store.save(other, undefined);
      expect(await table.store.save(inProgress({ version: 2 }), inProgress())).toEqual({
        saved: false,
        current: other,
      });
    });

    test('of many racing saves one wins, and the others see the winner', async () => {
      await table.store.save(inProgress(), undefined);
      const rivals = Array.from({ length: 25 }, (_, n) =>
        inProgress({ version: 2, statusReason: `rival ${n}` }),
      );
      const results = await Promise.all(rivals.map((row) => table.store.save(row, inProgress())));
      const winner = await table.store.load('stack-1');
      expect(results.filter(({ saved }) => saved)).toHaveLength(1);
      for (const result of results) if (!result.saved) expect(result.current).toEqual(winner);
    });

    test('many are loaded at once; those that do not exist are left out', async () => {
      const ids = Array.from({ length: 100 }, (_, n) => `stack-${n}`);
      for (const stackId of ids.slice(0, 30)) await table.store.save(inProgress({ stackId }), undefined);
      const rows = await table.store.loadMany(ids);
      expect(rows.map(({ stackId }) => stackId).sort()).toEqual(ids.slice(0, 30).sort());
      expect(await table.store.loadMany([])).toEqual([]);
    });
  });

  describe('the timer index', () => {
    /** Stacks of one shard, the first due first. */
    const siblings = Array.from({ length: 1000 }, (_, n) => `stack-${n}`)
      .filter((stackId) => shardOf({ stackId }) === 'S5')
      .slice(0, 7);
    const dueAt = (n: number) => NOW + n * 1000;

    async function fill(): Promise<void> {
      for (const [n, stackId] of [...siblings.entries()].reverse()) {
        const timer = { generation: 1, dueAt: dueAt(n), setAt: NOW };
        await table.store.save(inProgress({ stackId, timer, deadline: dueAt(n) }), undefined);
      }
      await eventually(async () => {
        expect((await table.index.list('S5', { limit: 100 })).entries).toHaveLength(7);
      });
    }

    test('names running timers, soonest first, page by page', async () => {
      await fill();
      const expected = siblings.map((stackId, n) => ({ stackId, dueAt: dueAt(n) }));
      const first = await table.index.list('S5', { limit: 4 });
      expect(first).toEqual({ entries: expected.slice(0, 4), more: true });
      const after = expected[3];
      const rest = await table.index.list('S5', { limit: 4, ...(after && { after }) });
      expect(rest).toEqual({ entries: expected.slice(4), more: false });
    });

    test('names only those due before a moment, if asked', async () => {
      await fill();
      const { entries } = await table.index.list('S5', { limit: 100, dueBefore: dueAt(3) });
      expect(entries.map(({ stackId }) => stackId)).toEqual(siblings.slice(0, 3));
    });

    test('names the timers of resource actions in shards of their own, page by page', async () => {
      const resources = Array.from({ length: 1000 }, (_, n) => `server-${n}`)
        .filter((resource) => shardOf({ stackId: 'stack-1', resource }) === 'R5')
        .slice(0, 5);
      for (const [n, resource] of resources.entries()) {
        const timer = { generation: 1, dueAt: dueAt(n), setAt: NOW };
        await table.resources.save(queued({ resource, timer }), undefined);
      }
      const expected = resources.map((resource, n) => ({ stackId: 'stack-1', resource, dueAt: dueAt(n) }));
      await eventually(async () => {
        expect((await table.index.list('R5', { limit: 100 })).entries).toEqual(expected);
      });
      const first = await table.index.list('R5', { limit: 3 });
      expect(first).toEqual({ entries: expected.slice(0, 3), more: true });
      const after = first.entries.at(-1);
      const rest = await table.index.list('R5', { limit: 3, ...(after && { after }) });
      expect(rest).toEqual({ entries: expected.slice(3), more: false });
      const dueBefore = await table.index.list('R5', { limit: 3, dueBefore: dueAt(1) });
      expect(dueBefore.entries).toEqual(expected.slice(0, 1));
    });

    test('a heartbeat leaves the index as it is; an ended resource action leaves the index', async () => {
      const beating = running({ heartbeat: 30_000, heartbeatDeadline: NOW + 30_000 });
      const shard = shardOf(beating);
      const entry = { stackId: 'stack-1', resource: 'server', dueAt: beating.timer.dueAt };
      await table.resources.save(beating, undefined);
      const { operationId, attempt, claimId } = beating;
      const claim = { ...entry, operationId, attempt, claimId, command: 'Heartbeat' } as const;
      expect(await table.resources.heartbeat(claim, NOW + 25_000)).toMatchObject({ recorded: true });
      await eventually(async () => {
        expect((await table.index.list(shard, { limit: 100 })).entries).toEqual([entry]);
      });
      await table.resources.save(endedResource('completed'), { ...beating, version: beating.version + 1 });
      await eventually(async () => {
        expect((await table.index.list(shard, { limit: 100 })).entries).toEqual([]);
      });
    });

    test('names the latest first, from a moment on and before one, page by page, if asked', async () => {
      await fill();
      const ids = async (query: Partial<TimerQuery>) => {
        const { entries, more } = await table.index.list('S5', { limit: 3, ...query });
        return { ids: entries.map(({ stackId }) => siblings.indexOf(stackId)), more };
      };
      const at = (n: number) => ({ stackId: siblings[n] ?? '', dueAt: dueAt(n) });
      const latestFirst = true;
      expect(await ids({ latestFirst })).toEqual({ ids: [6, 5, 4], more: true });
      expect(await ids({ latestFirst, after: at(4) })).toEqual({ ids: [3, 2, 1], more: true });
      expect(await ids({ latestFirst, after: at(1) })).toEqual({ ids: [0], more: false });
      expect(await ids({ latestFirst, dueFrom: dueAt(5) })).toEqual({ ids: [6, 5], more: false });
      expect(await ids({ latestFirst, dueBefore: dueAt(2) })).toEqual({ ids: [1, 0], more: false });
      const between = { dueFrom: dueAt(1), dueBefore: dueAt(5) };
      expect(await ids({ latestFirst, ...between })).toEqual({ ids: [4, 3, 2], more: true });
      expect(await ids({ latestFirst, ...between, after: at(2) })).toEqual({ ids: [1], more: false });
      expect(await ids({ ...between, after: at(2) })).toEqual({ ids: [3, 4], more: false });
      expect(await ids({ dueFrom: dueAt(5) })).toEqual({ ids: [5, 6], more: false });
      expect(await ids({ dueFrom: dueAt(5), dueBefore: dueAt(5) })).toEqual({ ids: [], more: false });
      expect(await ids({ latestFirst, dueFrom: dueAt(5), dueBefore: dueAt(2) })).toEqual({
        ids: [],
        more: false,
      });
    });

    test('an ended stack moves to a shard of its status, and back when it starts again', async () => {
      await fill();
      const [first = '', second = '', ...rest] = siblings;
      const completed = endedRow('completed', { stackId: first });
      const failed = endedRow('timedOut', { stackId: second });
      await table.store.save(completed, inProgress());
      await table.store.save(failed, inProgress());
      const of = async (shard: string) => (await table.index.list(shard, { limit: 100 })).entries;
      await eventually(async () => {
        expect((await of('S5')).map(({ stackId }) => stackId)).toEqual(rest);
        expect(await of('C5')).toEqual([{ stackId: first, dueAt: completed.endedAt }]);
        expect(await of('F5')).toEqual([{ stackId: second, dueAt: failed.endedAt }]);
      });
      const others = [...SHARDS, ...ENDED_SHARDS.COMPLETE, ...ENDED_SHARDS.FAILED];
      for (const shard of others.filter((name) => !['S5', 'C5', 'F5'].includes(name))) {
        expect(await table.index.list(shard, { limit: 1 })).toEqual({ entries: [], more: false });
      }
      const again = inProgress({ stackId: second, operationId: 'op-2', version: failed.version + 1 });
      await table.store.save(again, failed);
      await eventually(async () => {
        expect((await of('S5')).map(({ stackId }) => stackId)).toContain(second);
        expect(await of('F5')).toEqual([]);
      });
    });
  });

  describe("the sweep's lease", () => {
    test('is held by one at a time, until it ends', async () => {
      expect(await table.lease.acquire('first', NOW, NOW + 1000)).toEqual([]);
      expect(await table.lease.acquire('second', NOW + 999, NOW + 2000)).toBeUndefined();
      expect(await table.lease.acquire('second', NOW + 1000, NOW + 2000)).toEqual([]);
    });

    test('is granted to its holder again: the answer to the first request may have been lost', async () => {
      expect(await table.lease.acquire('first', NOW, NOW + 1000)).toEqual([]);
      expect(await table.lease.acquire('first', NOW, NOW + 1000)).toEqual([]);
      expect(await table.lease.acquire('second', NOW, NOW + 1000)).toBeUndefined();
    });

    test('is given back by its holder only', async () => {
      await table.lease.acquire('first', NOW, NOW + 1000);
      await table.lease.release('second', []);
      expect(await table.lease.acquire('second', NOW, NOW + 1000)).toBeUndefined();
      await table.lease.release('first', []);
      expect(await table.lease.acquire('second', NOW, NOW + 1000)).toEqual([]);
    });

    test('giving back what another has taken over since does nothing', async () => {
      await table.lease.acquire('first', NOW, NOW + 1000);
      await table.lease.acquire('second', NOW + 1000, NOW + 2000);
      await table.lease.release('first', []);
      expect(await table.lease.acquire('third', NOW + 1000, NOW + 2000)).toBeUndefined();
    });

    test('tells the next holder what the last one could not do', async () => {
      await table.lease.acquire('first', NOW, NOW + 1000);
      await table.lease.release('first', ['stack-1', 'stack-2']);
      expect(await table.lease.acquire('second', NOW, NOW + 1000)).toEqual(['stack-1', 'stack-2']);
      // A holder that dies gives nothing back: what was known before is still known.
      expect(await table.lease.acquire('third', NOW + 1000, NOW + 2000)).toEqual(['stack-1', 'stack-2']);
      await table.lease.release('third', []);
      expect(await table.lease.acquire('fourth', NOW, NOW + 1000)).toEqual([]);
    });

    test('of many that ask at once one gets it', async () => {
      const asked = Array.from({ length: 20 }, (_, n) => table.lease.acquire(`holder-${n}`, NOW, NOW + 1000));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
    });
  });
}
