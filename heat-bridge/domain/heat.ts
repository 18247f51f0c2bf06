/** What the bridge reads of Heat's database. Instants are milliseconds since the epoch. */

/** A row of `stack`. */
export interface HeatStack {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** The stack that it is nested in. */
  readonly ownerId: string | null;
  readonly action: string;
  readonly status: string;
  readonly statusReason: string;
  /** Minutes; null: Heat's `stack_action_timeout`. */
  readonly timeoutMinutes: number | null;
  readonly createdAt: number;
  readonly updatedAt: number | null;
  /** New for each operation; empty after most ends as FAILED. */
  readonly traversal: string;
  readonly disableRollback: boolean;
  readonly deletedAt: number | null;
}

/** A row of `resource`. */
export interface HeatResource {
  readonly id: number;
  readonly status: string;
  /** The engine that holds it. */
  readonly engineId: string | null;
  /** Raised by each write. */
  readonly atomicKey: number | null;
  /** The resource that this one takes the place of. */
  readonly replaces: number | null;
}

/** A row of `service`: the heartbeat of an engine's worker. */
export interface HeatEngine {
  readonly engineId: string;
  readonly updatedAt: number;
  /** It stopped in an orderly way. */
  readonly stopped: boolean;
}

/** A step of an operation: a row of `sync_point`. */
export interface HeatNode {
  readonly resourceId: number;
  /** Create or update; else clean-up. */
  readonly isUpdate: boolean;
  /** Which of the nodes that it waits for have reported: their `nodeKey`. */
  readonly reported: readonly string[];
  /** What they reported, as Heat stores and sends it. */
  readonly data: unknown;
}

/** What the database says of a stack, read in one transaction. */
export interface HeatView {
  readonly stack: HeatStack | undefined;
  readonly resources: readonly HeatResource[];
  readonly engines: readonly HeatEngine[];
  readonly nodes: readonly HeatNode[];
  /** Each says that the first node waits for the second one. */
  readonly edges: readonly (readonly [string, string])[];
  /** The last nodes of the operation that have reported to the stack. */
  readonly reportedToStack: readonly string[];
}

export const nodeKey = (resourceId: number, isUpdate: boolean): string =>
  `${resourceId} ${isUpdate ? 'update' : 'cleanup'}`;

/**
 * When Heat itself times the operation out: only after this instant. A timeout of 0 means the
 * default, in Heat's API.
 */
export function heatDeadline(stack: HeatStack, defaultTimeoutSeconds: number): number {
  const seconds = stack.timeoutMinutes ? stack.timeoutMinutes * 60 : defaultTimeoutSeconds;
  return (stack.updatedAt ?? stack.createdAt) + seconds * 1000;
}

/** Whether Heat works on the stack, under an operation that can be named. */
export const isInProgress = (stack: HeatStack | undefined): stack is HeatStack =>
  stack !== undefined && stack.deletedAt === null && stack.status === 'IN_PROGRESS' && stack.traversal !== '';

/** Whether an engine has reported lately. `now` is by the clock of Heat's database. */
export const isAlive = (
  { updatedAt, stopped }: HeatEngine,
  { now, engineGraceSeconds }: { readonly now: number; readonly engineGraceSeconds: number },
): boolean => !stopped && now - updatedAt <= engineGraceSeconds * 1000;
