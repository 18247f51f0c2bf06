/** A table that was restored, and the service in memory that it is copied into. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { rearmThrough } from '../../cli/restore/rearm.ts';
import {
  type Item,
  isNewer,
  type Restoration,
  type RestoreOptions,
  restore,
  type Trigger,
} from '../../cli/restore/restore.ts';
import { fromHistoryItem, toHistoryItem } from '../../lambdas/adapters/dynamodb/history-item.ts';
import {
  CHILD,
  childKey,
  HISTORY,
  isResourceActionItem,
  isStackItem,
  payloadKey,
  stackIdOf,
} from '../../lambdas/adapters/dynamodb/keys.ts';
import {
  fromResourceActionItem,
  toResourceActionItem,
} from '../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem, toStackItem } from '../../lambdas/adapters/dynamodb/stack-item.ts';
import { SECOND } from '../../lambdas/domain/time.ts';
import type { TestHarness } from './harness.ts';
import type { MemoryTable } from './memory-table.ts';
import type { StoredPayload } from './table.ts';

/**
 * The items of a table as a Scan gives them: in each partition by sort key, resource actions before
 * their stack.
 */
export function scan({ rows, resourceRows, payloads, childItems, entries }: MemoryTable): Item[] {
  const payloadItem = ([key, payload]: [string, StoredPayload]): Item => {
    const [kind, stackId = '', resource = ''] = key.split('\n');
    return { ...payloadKey(stackId, resource, kind as 'input' | 'output'), ...marshall(payload) };
  };
  const items: Item[] = [
    ...[...rows.values()].map(toStackItem),
    ...[...resourceRows.values()].map(toResourceActionItem),
    ...[...payloads].map(payloadItem),
    ...[...entries.values()].map(toHistoryItem),
    ...[...childItems.values()].map((child) => ({
      ...childKey(child),
      ...marshall({ parentOperationId: child.parent.operationId, expiresAt: child.expiresAt / SECOND }),
    })),
  ];
  const keyOf = ({ pk, sk }: Item) => `${pk?.S} ${sk?.S}`;
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Writes an item into a table in memory, whatever was there: its stream tells of rows alone. */
export async function write(table: MemoryTable, item: Item): Promise<void> {
  if (isStackItem(item)) {
    const row = fromStackItem(item);
    await table.save(row, table.rows.get(row.stackId));
    return;
  }
  if (isResourceActionItem(item)) {
    const row = fromResourceActionItem(item);
    await table.resources.save(row, await table.resources.load(row.stackId, row.resource));
    return;
  }
  if (item.sk?.S?.startsWith(HISTORY)) return table.history.add([fromHistoryItem(item)]);
  const { pk, sk, ...rest } = unmarshall(item);
  const stackId = stackIdOf(pk);
  if (sk.startsWith(CHILD)) {
    const [child, operationId] = sk.slice(CHILD.length).split('#');
    const parent = { stackId, operationId: rest.parentOperationId };
    await table.children.add({ parent, stackId: child, operationId }, rest.expiresAt * SECOND);
    return;
  }
  const [kind, resource] = sk.split('#');
  table.payloads.set([kind.toLowerCase(), stackId, resource].join('\n'), rest as StoredPayload);
}

const DESCRIPTION = { status: 'ACTIVE', keys: ['pk', 'sk'] };

/** From a table with these items, which comes in pages of ten, into the service. */
export function restorationInto(harness: TestHarness, items: readonly Item[]): Restoration {
  const { alive, table } = harness;
  const trigger = (name: 'arm' | 'effects' | 'wake' | 'sweep'): Trigger => ({
    name,
    state: async () => (alive[name] ? 'on' : 'off'),
    switch: async (to) => {
      alive[name] = to === 'on';
    },
  });
  const existing = ({ pk, sk }: Item) =>
    scan(table).find((item) => item.pk?.S === pk?.S && item.sk?.S === sk?.S);
  return {
    triggers: [trigger('arm'), trigger('effects'), trigger('wake'), trigger('sweep')],
    source: {
      ...DESCRIPTION,
      name: 'restored',
      arn: 'arn:restored',
      approximateCount: items.length,
      async *pages() {
        for (let n = 0; n < items.length; n += 10) yield items.slice(n, n + 10);
      },
    },
    target: {
      ...DESCRIPTION,
      name: 'deployed',
      arn: 'arn:deployed',
      find: async (wanted) => wanted.map(existing).filter((item) => item !== undefined),
      put: async (item, overwrite) => {
        if (!overwrite && !isNewer(item, existing(item))) return false;
        await write(table, item);
        return true;
      },
    },
    rearmPage: rearmThrough(
      { invoke: async (payload) => JSON.stringify(await harness.command(JSON.parse(payload))) },
      { attempts: 1 },
    ),
  };
}

/** Restores while the service runs, as far as it is on. */
export const restoreInto = (
  harness: TestHarness,
  restoration: Restoration,
  options: Partial<RestoreOptions> = {},
) =>
  restore(
    restoration,
    { dryRun: false, overwrite: false, rate: 1_000_000, ...options },
    {
      now: () => harness.clock.now(),
      sleep: (milliseconds) => harness.run(Math.ceil(milliseconds / 1000)),
      step: () => undefined,
      onCopied: () => undefined,
      onRearmed: () => undefined,
    },
  );
