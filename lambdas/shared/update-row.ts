import type { Payload, ResourceActionRow, ResourceActionWithStack } from '../domain/resource-action/state.ts';
import { MOST_ANCESTORS, type StackWithParent } from '../domain/stack/commands.ts';
import { inProgress, type StackRow } from '../domain/stack/state.ts';
import type { ResourceActionStore, StackStore } from '../ports/stores.ts';
import { updateOptimistically } from './optimistic.ts';

/** Decides about a stack. A refused write brings the row that won: deciding again needs no read. */
export const updateStack = <D extends { readonly save?: StackRow }>(
  store: StackStore,
  stackId: string,
  decide: (seen: StackRow | undefined) => D,
): Promise<D> =>
  updateOptimistically(
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
 * Decides about a stack whose request or row names a parent. Both are read anew in each round: a
 * parent seen long ago may have ended.
 *
 * @param above whether the stacks above the parent are read too
 */
export const updateStackWithParent = <D extends { readonly save?: StackRow }>(
  store: StackStore,
  stackId: string,
  parentOf: (seen: StackRow | undefined) => { stackId: string } | undefined,
  decide: (seen: StackWithParent) => D,
  above = false,
): Promise<D> =>
  updateOptimistically(
    `stack ${stackId}`,
    {
      async load() {
        const stack = await store.load(stackId);
        const link = parentOf(stack);
        if (link === undefined) return { stack };
        const parent = await store.load(link.stackId);
        return { stack, parent, ...(above && { ancestors: await ancestorsOf(store, parent, stack) }) };
      },
      async save({ save }, { stack }) {
        const result = await store.save(save, stack);
        if (result.saved) return undefined;
        return parentOf(result.current) === undefined ? { current: { stack: result.current } } : 'reload';
      },
    },
    decide,
  );

/**
 * The stacks above one, from the nearest on, as far as each belongs to the current operation of the
 * next. It ends at the stack itself, if that is above its own parent: even if the operation that the
 * parent belongs to has ended, for then the parent is about to end too.
 */
async function ancestorsOf(
  store: StackStore,
  parent: StackRow | undefined,
  stack: StackRow | undefined,
): Promise<StackRow[]> {
  const ancestors: StackRow[] = [];
  let link = parent?.parent;
  while (link !== undefined && ancestors.length < MOST_ANCESTORS) {
    if (link.stackId === stack?.stackId) return [...ancestors, stack];
    const row = inProgress(await store.load(link.stackId), link);
    if (row === undefined) break;
    ancestors.push(row);
    link = row.parent;
  }
  return ancestors;
}

type ResourceActionUpdate = { readonly save?: ResourceActionRow; readonly payload?: Payload };

/**
 * The two are read at different moments. A row of another operation than the stack's may have been
 * written after the stack was read: then they are read once more, so that no row is decided about
 * by a stack from before its operation.
 */
async function loadWithStack(
  store: ResourceActionStore,
  stackId: string,
  name: string,
): Promise<ResourceActionWithStack> {
  let known: string | undefined;
  for (;;) {
    const rows = await store.loadWithStack(stackId, name);
    const operationId = rows.resource?.operationId;
    if (operationId === undefined || operationId === rows.stack?.operationId || operationId === known)
      return rows;
    known = operationId;
  }
}

/**
 * Decides about a resource action with its stack. Both are read anew in each round: the operation
 * may have ended.
 */
export const updateResourceAction = <D extends ResourceActionUpdate>(
  store: ResourceActionStore,
  { stackId, resource }: { readonly stackId: string; readonly resource: string },
  decide: (seen: ResourceActionWithStack) => D,
): Promise<D> =>
  updateOptimistically<ResourceActionWithStack, D>(
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
export const updateResourceActionAlone = <D extends ResourceActionUpdate>(
  store: ResourceActionStore,
  { stackId, resource }: { readonly stackId: string; readonly resource: string },
  decide: (seen: ResourceActionRow | undefined) => D,
  found?: ResourceActionRow,
): Promise<D> => {
  let known = found;
  return updateOptimistically<ResourceActionRow | undefined, D>(
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
