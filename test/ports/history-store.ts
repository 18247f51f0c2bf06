import { beforeEach, describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../../contract/index.ts';
import type { KeptEntry } from '../../lambdas/domain/history.ts';
import type {
  HistoryFilter,
  HistoryStore,
  ResourceActionStore,
  StackStore,
} from '../../lambdas/ports/stores.ts';
import { queued } from '../support/resource-rows.ts';
import { inProgress, NOW } from '../support/rows.ts';

export interface HistoryTable {
  readonly history: HistoryStore;
  readonly store: StackStore;
  readonly resources: ResourceActionStore;
}

/** The n-th, a second after the one before. */
const kept = (n: number, more: Partial<HistoryEntry> = {}): KeptEntry => ({
  entry: {
    at: new Date(NOW + n * 1000).toISOString(),
    stackId: 'stack-1',
    operationId: 'op-1',
    action: 'CREATE',
    transition: 'START',
    status: 'IN_PROGRESS',
    statusReason: `number ${n}`,
    version: n,
    ...more,
  },
  expiresAt: NOW + 3_600_000,
});

/** What the use cases rely on of the history. `make` gives an empty table. */
export function historyStoreSuite(make: () => Promise<HistoryTable>): void {
  let table: HistoryTable;
  beforeEach(async () => {
    table = await make();
  });

  /** The pages, each by what its entries say. */
  async function pages(filter: Partial<HistoryFilter>, limit: number, now = NOW): Promise<string[][]> {
    const found: string[][] = [];
    let after: string | undefined;
    do {
      const page = await table.history.list(
        { stackId: 'stack-1', ...filter },
        { limit, now, ...(after !== undefined && { after }) },
      );
      found.push(page.entries.map(({ statusReason }) => statusReason.replace('number ', '')));
      after = page.next;
    } while (after !== undefined);
    return found;
  }
  const all = async (filter: Partial<HistoryFilter> = {}, now = NOW) =>
    (await pages(filter, 100, now)).flat();

  describe('the history of a stack', () => {
    test('is empty at first; to add nothing is fine', async () => {
      await table.history.add([]);
      expect(await pages({}, 10)).toEqual([[]]);
    });

    test('gives each entry back as it was', async () => {
      const entry: HistoryEntry = {
        ...kept(1).entry,
        stackId: 'a/b:c.d@e-f_g',
        resource: 'x/y:z',
        phase: 'BACKOFF',
        attempt: 3,
        engineId: 'engine-1',
        cause: 'ENGINE_LOST',
        deadline: new Date(NOW + 60_000).toISOString(),
        timeout: 'HEARTBEAT',
        latenessMs: 0,
        version: 123_456,
      };
      await table.history.add([{ ...kept(1), entry }]);
      const { entries } = await table.history.list({ stackId: entry.stackId }, { limit: 10, now: NOW });
      expect(entries).toEqual([entry]);
    });

    test('is newest first, whatever the order in which it was added; of a moment by version', async () => {
      const { at } = kept(4).entry;
      const sameMoment = [9, 10, 11].map((version) => kept(version, { at }));
      await table.history.add([kept(2), ...sameMoment.toReversed()]);
      await table.history.add([kept(12), kept(1)]);
      expect(await all()).toEqual(['12', '11', '10', '9', '2', '1']);
    });

    test('holds an entry once, however often it is added', async () => {
      for (let times = 0; times < 3; times++) await table.history.add([kept(1)]);
      expect(await all()).toEqual(['1']);
    });

    test('tells apart what happened in one moment and one version', async () => {
      const same = [
        kept(1, { resource: 'server' }),
        kept(1, { resource: 'network' }),
        kept(1, { operationId: 'op-2' }),
        kept(1, { transition: 'SUPERSEDE', status: 'FAILED' }),
      ];
      await table.history.add(same);
      const { entries } = await table.history.list({ stackId: 'stack-1' }, { limit: 10, now: NOW });
      expect(entries).toHaveLength(4);
      expect(entries).toEqual(expect.arrayContaining(same.map(({ entry }) => entry)));
    });

    test('takes more than one batch, and comes page by page', async () => {
      const many = Array.from({ length: 60 }, (_, n) => kept(n + 1));
      await table.history.add(many);
      const found = await pages({}, 25);
      expect(found.flat()).toEqual(many.map(({ entry }) => String(entry.version)).toReversed());
      expect(found.slice(0, 3).map(({ length }) => length)).toEqual([25, 25, 10]);
    });

    test('may be asked for by operation and resource, page by page', async () => {
      const entries = Array.from({ length: 12 }, (_, n) =>
        kept(n + 1, {
          operationId: n % 2 ? 'op-1' : 'op-2',
          ...(n % 3 ? { resource: 'server' } : {}),
        }),
      );
      await table.history.add(entries);
      const versions = (isWanted: (entry: HistoryEntry) => boolean) =>
        entries
          .map(({ entry }) => entry)
          .filter(isWanted)
          .map(({ version }) => String(version))
          .reverse();
      const ofOperation = versions(({ operationId }) => operationId === 'op-1');
      const found = await pages({ operationId: 'op-1' }, 4);
      expect(found.flat()).toEqual(ofOperation);
      expect(found[0]).toHaveLength(4);
      expect(await all({ resource: 'server' })).toEqual(versions(({ resource }) => resource === 'server'));
      expect(await all({ operationId: 'op-2', resource: 'server' })).toEqual(
        versions(({ operationId, resource }) => operationId === 'op-2' && resource === 'server'),
      );
      expect(await all({ resource: 'nothing' })).toEqual([]);
    });

    test('counts what has expired as absent', async () => {
      await table.history.add([{ ...kept(1), expiresAt: NOW + 1000 }, kept(2)]);
      expect(await all({}, NOW + 999)).toEqual(['2', '1']);
      expect(await all({}, NOW + 1000)).toEqual(['2']);
    });

    test('is that of the stack, and its rows are not in it, nor it in them', async () => {
      await table.store.save(inProgress(), undefined);
      await table.resources.save(queued({ hasInput: true }), undefined, { kind: 'input', json: '1' });
      await table.history.add([kept(1), kept(2, { stackId: 'stack-2' }), kept(3, { resource: 'server' })]);
      expect(await all()).toEqual(['3', '1']);
      expect(await table.store.load('stack-1')).toEqual(inProgress());
      const operation = { stackId: 'stack-1', operationId: 'op-1' };
      expect((await table.resources.list(operation, { limit: 10 })).rows).toEqual([
        queued({ hasInput: true }),
      ]);
    });
  });
}
