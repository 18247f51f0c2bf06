import type { Parent, WakeUp } from '../../contract/index.ts';
import type { Health } from '../domain/health.ts';
import {
  attemptOf,
  isRunning,
  lastHeartbeatOf,
  type ResourceActionRow,
  type ResourceActionWithStack,
} from '../domain/resource-action/state.ts';
import {
  decideOverdueResourceAction,
  decideResourceActionWakeUp,
  type ResourceActionWakeUpContext,
  type ResourceActionWakeUpDecision,
} from '../domain/resource-action/wake-up.ts';
import { type DecisionContext, generationOf } from '../domain/row.ts';
import type { StackWithParent } from '../domain/stack/commands.ts';
import type { StackRow } from '../domain/stack/state.ts';
import { decideOverdueStack, decideStackWakeUp, type StackWakeUpDecision } from '../domain/stack/wake-up.ts';
import type { ResourceActionStore, StackStore } from '../ports/stores.ts';
import { type CanaryDependencies, healthSince, probeOnce } from './canary.ts';
import { updateResourceAction, updateStackWithParent } from './update-row.ts';

export interface InvocationDependencies extends Omit<CanaryDependencies, 'canary'> {
  readonly store: StackStore;
  readonly resources: ResourceActionStore;
  /** Asks whether a heartbeat can be recorded; `health` knows the answer afterwards. */
  readonly probe: () => Promise<void>;
  /** How long what has ended stays visible, in milliseconds. */
  readonly retention: number;
}

/** What a function is given that looks at many rows. */
export type WakeUpDependencies = Omit<InvocationDependencies, 'probe'> & CanaryDependencies;

/** For all looks of an invocation: the canary is asked once. */
export const forInvocation = (deps: WakeUpDependencies): InvocationDependencies => ({
  ...deps,
  probe: probeOnce(deps),
});

/** What a look came to: when to look again, or what was written. */
export type WakeUpResult = StackWakeUpDecision | Exclude<ResourceActionWakeUpDecision, { outcome: 'unsure' }>;

/** What every wake-up asks for, whichever way it came: look at the row, and do what is due. */
export async function handleWakeUp(deps: InvocationDependencies, wakeUp: WakeUp): Promise<WakeUpResult> {
  const { stackId, resource, operationId, generation, hops } = wakeUp;
  const { result, seen } = await lookAt(deps, wakeUp, {
    stack: (row, context, above) => decideStackWakeUp(row, wakeUp, context, above),
    resource: (rows, context) => decideResourceActionWakeUp(rows, wakeUp, context),
  });
  const subject = { stackId, operationId, ...(resource !== undefined && { resource }), generation };
  record(deps, 'wake', subject, result, seen, hops);
  return result;
}

/** The same for a row found overdue: its wake-up was lost. */
export async function handleOverdue(deps: InvocationDependencies, of: RowName): Promise<WakeUpResult> {
  const { stackId, resource } = of;
  const { result, seen } = await lookAt(deps, of, {
    stack: decideOverdueStack,
    resource: decideOverdueResourceAction,
  });
  const timer = seen && { operationId: seen.operationId, generation: generationOf(seen) };
  const subject = { stackId, ...(resource !== undefined && { resource }), ...timer };
  record(deps, 'sweep', subject, result, seen);
  return result;
}

interface RowName {
  readonly stackId: string;
  readonly resource?: string | undefined;
}

interface Decide {
  stack(row: StackRow | undefined, context: DecisionContext, above: readonly StackRow[]): StackWakeUpDecision;
  resource(rows: ResourceActionWithStack, context: ResourceActionWakeUpContext): ResourceActionWakeUpDecision;
}

/** What a look came to, and the row as it was. */
interface Looked {
  readonly result: WakeUpResult;
  readonly seen: StackRow | ResourceActionRow | undefined;
}

async function lookAt(
  deps: InvocationDependencies,
  { stackId, resource }: RowName,
  decide: Decide,
): Promise<Looked> {
  let seen: Looked['seen'];
  const result =
    resource === undefined
      ? await updateStackWithParent(
          deps.store,
          stackId,
          followedParent,
          (family) => {
            seen = family.stack;
            return decide.stack(family.stack, contextOf(deps), aboveOf(family));
          },
          true,
        )
      : await handleResourceAction(deps, { stackId, resource }, (rows, context) => {
          seen = rows.resource;
          return decide.resource(rows, context);
        });
  return { result, seen };
}

const contextOf = ({ clock, retention }: InvocationDependencies) => ({ now: clock.now(), retention });

/**
 * The parent whose deadline a row follows: one read more, for those that got less than they asked
 * for.
 */
const followedParent = (row: StackRow | undefined): Parent | undefined =>
  row?.status === 'IN_PROGRESS' && row.askedDeadline !== undefined ? row.parent : undefined;

const aboveOf = ({ parent, ancestors = [] }: StackWithParent): StackRow[] =>
  parent === undefined ? [] : [parent, ...ancestors];

/**
 * A missing heartbeat is decided in two rounds: whether it could have been recorded is asked only
 * then.
 */
async function handleResourceAction(
  deps: InvocationDependencies,
  of: { readonly stackId: string; readonly resource: string },
  decide: (
    rows: ResourceActionWithStack,
    context: ResourceActionWakeUpContext,
  ) => ResourceActionWakeUpDecision,
): Promise<Exclude<ResourceActionWakeUpDecision, { outcome: 'unsure' }>> {
  const look = (health?: Health) =>
    updateResourceAction(deps.resources, of, (rows) => decide(rows, { ...contextOf(deps), health }));
  const decision = await look();
  if (decision.outcome !== 'unsure') return decision;
  const informed = await look(await healthSince(deps.health, decision.dueAt, deps.probe));
  if (informed.outcome === 'unsure') throw new Error('a decision with the health known cannot be unsure');
  return informed;
}

function record(
  { telemetry }: InvocationDependencies,
  by: 'wake' | 'sweep',
  subject: { stackId: string; operationId?: string; resource?: string; generation?: number },
  look: WakeUpResult,
  seen: Looked['seen'],
  hops?: number,
): void {
  const before = seen && 'resource' in seen ? seen : undefined;
  const attempt = look.save && 'resource' in look.save && attemptOf(before, look.save);
  const isAboutTimeout = look.outcome === 'fired' || look.outcome === 'granted';
  const lastHeartbeat = isAboutTimeout && before && isRunning(before) ? lastHeartbeatOf(before) : undefined;
  telemetry.record({
    kind: 'wakeUp',
    by,
    outcome: look.outcome,
    subject: { ...subject, ...attempt },
    ...(look.outcome === 'fired' && { lateness: look.lateness }),
    ...('cause' in look && { cause: look.cause, timeout: look.timeout }),
    ...(lastHeartbeat !== undefined && { lastHeartbeat }),
    ...('reason' in look && { reason: look.reason }),
    ...(hops !== undefined && { hops }),
  });
}
