/** The rows that decisions are made about: how they are loaded and saved. */

import type { Payload, ResourceRows } from '../domain/resource-action/commands.ts';
import type { ResourceRow } from '../domain/resource-action/state.ts';
import type { Family } from '../domain/stack/commands.ts';
import type { StackRow } from '../domain/stack/state.ts';
import type { ResourceStore, StackStore } from '../ports/ports.ts';
import { decideAndSave } from './optimistic.ts';

/** Decides about a stack. A refused write brings the row that won: deciding again needs no read. */
export const decideStack = <D extends { readonly save?: StackRow }>(
  store: StackStore,
  stackId: string,
  decide: (seen: StackRow | undefined) => D,
): Promise<D> =>
  decideAndSave(
    `stack ${stackId}`,
    {
      load: () => store.load(stackId),
      async save({ save }, seen) {
        const result = await store.save(save, seen);
        return result.saved ? undefined : { current: result.current };
      },
    },
    decide,
  );

/**
 * Decides about a stack whose request or row names a parent. Both are read anew in each round: a parent seen long ago
 * may have ended.
 */
export const decideFamily = <D extends { readonly save?: StackRow }>(
  store: StackStore,
  stackId: string,
  parentOf: (seen: StackRow | undefined) => { stackId: string } | undefined,
  decide: (seen: Family) => D,
): Promise<D> =>
  decideAndSave(
    `stack ${stackId}`,
    {
      async load() {
        const stack = await store.load(stackId);
        const parent = parentOf(stack);
        return parent === undefined ? { stack } : { stack, parent: await store.load(parent.stackId) };
      },
      async save({ save }, { stack }) {
        const result = await store.save(save, stack);
        if (result.saved) return undefined;
        return parentOf(result.current) === undefined ? { current: { stack: result.current } } : 'reload';
      },
    },
    decide,
  );

type ResourceDecided = { readonly save?: ResourceRow; readonly payload?: Payload };

/**
 * The two are read at different moments. A row of another operation than the stack's may have been written after the
 * stack was read: then they are read once more, so that no row is decided about by a stack from before its operation.
 */
async function loadWithStack(store: ResourceStore, stackId: string, name: string): Promise<ResourceRows> {
  let known: string | undefined;
  for (;;) {
    const rows = await store.loadWithStack(stackId, name);
    const operationId = rows.resource?.operationId;
    if (operationId === undefined || operationId === rows.stack?.operationId || operationId === known)
      return rows;
    known = operationId;
  }
}

/** Decides about a resource action with its stack. Both are read anew in each round: the operation may have ended. */
export const decideResource = <D extends ResourceDecided>(
  store: ResourceStore,
  { stackId, resource }: { readonly stackId: string; readonly resource: string },
  decide: (seen: ResourceRows) => D,
): Promise<D> =>
  decideAndSave<ResourceRows, D>(
    `resource action ${stackId} ${resource}`,
    {
      load: () => loadWithStack(store, stackId, resource),
      async save({ save, payload }, seen) {
        return (await store.save(save, seen.resource, payload)) ? undefined : 'reload';
      },
    },
    decide,
  );

/** Decides about a resource action alone. `seen`: as it was found, if it was. */
export const decideResourceAlone = <D extends ResourceDecided>(
  store: ResourceStore,
  { stackId, resource }: { readonly stackId: string; readonly resource: string },
  decide: (seen: ResourceRow | undefined) => D,
  found?: ResourceRow,
): Promise<D> => {
  let known = found;
  return decideAndSave<ResourceRow | undefined, D>(
    `resource action ${stackId} ${resource}`,
    {
      async load() {
        const row = known ?? (await store.load(stackId, resource));
        known = undefined;
        return row;
      },
      async save({ save, payload }, seen) {
        return (await store.save(save, seen, payload)) ? undefined : 'reload';
      },
    },
    decide,
  );
};
