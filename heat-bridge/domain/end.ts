/** How Heat is made to end a stack whose timeout has passed. */
import { type HeatStack, type HeatView, heatDeadline, isAlive, isInProgress } from './heat.ts';

export interface EndContext {
  /** By the clock of Heat's database. */
  readonly now: number;
  /** How long after its own deadline Heat may still end the stack itself. */
  readonly graceSeconds: number;
  readonly defaultTimeoutSeconds: number;
  /** An engine whose heartbeat is older counts as dead. */
  readonly engineGraceSeconds: number;
  /**
   * SQL ends what no engine has ended so long after the grace; where engines live, so long after they
   * were told. Undefined: never.
   */
  readonly forceAfterSeconds?: number | undefined;
  /** When an engine was first told to end the operation. */
  readonly toldAt?: number | undefined;
}

/** How long to wait for a stack that nothing but SQL can end. */
const WAIT_MS = 5000;

/** Heat's own message: look at this resource. */
export interface Poke {
  readonly kind: 'poke';
  readonly resourceId: number;
  readonly traversal: string;
  readonly isUpdate: boolean;
  /** What Heat would send along. */
  readonly data: unknown;
}

export type EndDecision =
  /** Ended, deleted, or in another operation: nothing is left to do. */
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly until: number }
  /** No engine is alive: wait for one, at most until then. */
  | { readonly kind: 'wait_for_engine'; readonly until: number }
  | EndStep;

export type EndStep =
  | Poke
  | { readonly kind: 'cancel_update' | 'cancel_without_rollback' }
  /** The conditional write: only while the stack is IN_PROGRESS under this traversal. */
  | { readonly kind: 'force'; readonly traversal: string };

/** Decides about one operation; asked again until it answers `done`. */
export function decideEnd(view: HeatView, operationId: string, context: EndContext): EndDecision {
  const { stack, engines } = view;
  if (!isInProgress(stack) || stack.traversal !== operationId) return { kind: 'done' };
  const due = heatDeadline(stack, context.defaultTimeoutSeconds) + context.graceSeconds * 1000;
  if (context.now <= due) return { kind: 'wait', until: due + 1 };
  const engineLives = engines.some((engine) => isAlive(engine, context));
  const step = engineLives ? stepOf(stack, view) : undefined;
  const forceMs = (context.forceAfterSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  const forceAt = (step ? (context.toldAt ?? context.now) : due) + forceMs;
  if (context.now >= forceAt) return { kind: 'force', traversal: stack.traversal };
  if (!engineLives) return { kind: 'wait_for_engine', until: forceAt };
  return step ?? { kind: 'wait', until: Math.min(forceAt, context.now + WAIT_MS) };
}

/** What an engine can be told. Undefined: nothing would end the operation. */
function stepOf(stack: HeatStack, { resources, nodes }: HeatView): EndStep | undefined {
  const cancellable = stack.action === 'CREATE' || stack.action === 'UPDATE';
  // Heat's rollback after a poke fails: its timeout check runs before it can start threads.
  if (cancellable && !stack.disableRollback)
    return { kind: stack.action === 'UPDATE' ? 'cancel_update' : 'cancel_without_rollback' };
  const existing = new Set(resources.map(({ id }) => id));
  // Heat can load any resource of the operation, and cleans up any resource at all.
  const node = nodes.find(({ resourceId }) => existing.has(resourceId));
  const resourceId = node?.resourceId ?? resources[0]?.id;
  if (resourceId !== undefined) return pokeOf(stack, resourceId, node?.isUpdate ?? false);
  // Without a resource there is nothing to poke.
  return cancellable ? { kind: 'cancel_without_rollback' } : undefined;
}

export const pokeOf = (
  { traversal }: HeatStack,
  resourceId: number,
  isUpdate: boolean,
  data: unknown = {},
): Poke => ({ kind: 'poke', resourceId, traversal, isUpdate, data });
