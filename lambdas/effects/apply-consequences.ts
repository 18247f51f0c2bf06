/** Does to other rows what follows from a change. */
import pMap from 'p-map';
import {
  decideCancellation,
  decideChildBinding,
  decideChildEnd,
  decideOperationFailure,
} from '../domain/cascade.ts';
import { type Child, type Consequence, consequences, type RowChange } from '../domain/consequences.ts';
import type { ResourceActionRow } from '../domain/resource-action/state.ts';
import { inProgress } from '../domain/stack/state.ts';
import { wholeSecond } from '../domain/time.ts';
import type { ChildStore, ResourceActionStore, StackStore } from '../ports/stores.ts';
import type { Clock, Telemetry } from '../ports/telemetry.ts';
import { updateResourceActionAlone, updateStack, updateStackWithParent } from '../shared/update-row.ts';

export interface ConsequenceDependencies {
  readonly store: StackStore;
  readonly resources: ResourceActionStore;
  readonly children: ChildStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long what has ended stays visible, in milliseconds. */
  readonly retention: number;
}

/**
 * Rows written at once: an operation with a thousand resource actions ends within a second or two.
 */
const CONCURRENCY = 16;
/** Rows of resource actions read at once. */
const PAGE_SIZE = 500;

type Of<K extends Consequence['kind']> = Extract<Consequence, { kind: K }>;

/**
 * In the order of the changes of each row, so that a child is added before it is removed.
 *
 * @throws Error if something failed, after everything else was done.
 */
export async function applyConsequences(
  deps: ConsequenceDependencies,
  changes: readonly RowChange[],
): Promise<void> {
  const errors: unknown[] = [];
  const byRow = Map.groupBy(changes, ({ after }) =>
    'resource' in after ? `${after.stackId}\n${after.resource}` : after.stackId,
  );
  const ofRow = async (changesOfRow: readonly RowChange[]): Promise<void> => {
    for (const consequence of changesOfRow.flatMap(consequences)) {
      await applyConsequence(deps, consequence).catch((error: unknown) => {
        deps.telemetry.record({ kind: 'failed', subject: subjectOf(consequence), error });
        errors.push(error);
      });
    }
  };
  await pMap(byRow.values(), ofRow, { concurrency: CONCURRENCY });
  if (errors.length > 0) throw new Error(`${errors.length} consequences failed; first: ${errors[0]}`);
}

function subjectOf(consequence: Consequence) {
  if ('child' in consequence) return { stackId: consequence.child.stackId };
  const { stackId, operationId } = 'row' in consequence ? consequence.row : consequence;
  return { stackId, operationId, ...('row' in consequence && { resource: consequence.row.resource }) };
}

async function applyConsequence(deps: ConsequenceDependencies, consequence: Consequence): Promise<void> {
  switch (consequence.kind) {
    case 'cascade':
      return cascade(deps, consequence);
    case 'addChild':
      return addChild(deps, consequence);
    case 'removeChild':
      return deps.children.remove(consequence.child);
    case 'clampChildren':
      return clampChildren(deps, consequence);
    case 'recheck':
      return recheck(deps, consequence.row);
    case 'failOperation': {
      const { row } = consequence;
      await updateStack(deps.store, row.stackId, (seen) =>
        decideOperationFailure(seen, row, contextOf(deps)),
      );
      return;
    }
    case 'expirePayloads': {
      const { row } = consequence;
      const expiresAt = deps.clock.now() + deps.retention;
      // The own time of one that was replaced may be far: it was kept for its operation.
      const own = 'expiresAt' in row ? row.expiresAt : expiresAt;
      return deps.resources.expirePayloads(row, Math.min(own, expiresAt));
    }
    case 'expireReplacedPayloads':
      return deps.resources.expireReplacedPayloads(consequence.row, deps.clock.now() + deps.retention);
  }
}

const contextOf = ({ clock, retention }: ConsequenceDependencies) => ({ now: clock.now(), retention });

const isLive = ({ status }: ResourceActionRow): boolean => status === 'IN_PROGRESS';

/** P13: what belongs to an operation ends with it, and expires from then on. */
async function cascade(deps: ConsequenceDependencies, operation: Of<'cascade'>): Promise<void> {
  const { stackId, operationId } = operation;
  const ended = { resources: 0, children: 0 };
  const rows = eachRow();
  let after: string | undefined;
  do {
    const page = await deps.resources.list(operation, {
      limit: PAGE_SIZE,
      ...(after !== undefined && { after }),
    });
    const [live, over] = [page.rows.filter(isLive), page.rows.filter((row) => !isLive(row))];
    for (const some of [live, over]) await rows.do(some, (row) => cancel(deps, row));
    ended.resources += live.length;
    after = page.next;
  } while (after !== undefined);
  for await (const page of deps.children.list(operation)) {
    await rows.do(page, (child) => end(deps, child));
    ended.children += page.length;
  }
  if (ended.resources + ended.children > 0) {
    deps.telemetry.record({ kind: 'cascaded', subject: { stackId, operationId }, ...ended });
  }
  rows.throwIfFailed();
}

/** Page by page; one that fails keeps none of the others from being done. */
function eachRow() {
  const errors: unknown[] = [];
  return {
    async do<T>(page: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
      const done = (one: T) => work(one).catch((error: unknown) => errors.push(error));
      await pMap(page, done, { concurrency: CONCURRENCY });
    },
    throwIfFailed(): void {
      if (errors.length > 0) throw new Error(`${errors.length} rows failed; first: ${errors[0]}`);
    },
  };
}

/** If a report comes first, the row is found to have ended: one way or the other it expires. */
async function cancel(deps: ConsequenceDependencies, found: ResourceActionRow): Promise<void> {
  const { expire } = await updateResourceActionAlone(
    deps.resources,
    found,
    (row) => decideCancellation(row, found.operationId, contextOf(deps)),
    found,
  );
  if (expire === undefined) return;
  // In this order: a row that expires already is passed over.
  await deps.resources.expirePayloads(expire, expire.expiresAt);
  await deps.resources.expire(expire);
}

const end = (deps: ConsequenceDependencies, child: Child): Promise<unknown> =>
  updateStack(deps.store, child.stackId, (row) => decideChildEnd(row, child, contextOf(deps)));

/**
 * Against the cascade that ran before the child was known: its parent is read after it was added.
 * Whichever comes first, the end of the parent or this, the other one sees it.
 */
async function addChild(deps: ConsequenceDependencies, { child, deadline }: Of<'addChild'>): Promise<void> {
  await deps.children.add(child, wholeSecond(deadline + deps.retention));
  await bind(deps, child);
  // It has ended, by this or before: its end may have been carried out already, when there was
  // nothing to remove.
  if (inProgress(await deps.store.load(child.stackId), child) === undefined)
    await deps.children.remove(child);
}

const bind = (deps: ConsequenceDependencies, child: Child): Promise<unknown> =>
  updateStackWithParent(
    deps.store,
    child.stackId,
    () => child.parent,
    (family) => decideChildBinding(family, child, contextOf(deps)),
  );

async function clampChildren(deps: ConsequenceDependencies, operation: Of<'clampChildren'>): Promise<void> {
  const rows = eachRow();
  for await (const page of deps.children.list(operation)) {
    await rows.do(page, (child) => bind(deps, child));
  }
  rows.throwIfFailed();
}

/** Against the cascade that ran before the resource action was there. */
async function recheck(deps: ConsequenceDependencies, row: ResourceActionRow): Promise<void> {
  const operation = inProgress(await deps.store.load(row.stackId), row);
  if (operation === undefined) await cancel(deps, row);
}
