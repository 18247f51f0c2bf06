import type { WakeUp } from '../../contract/index.ts';
import type { Health } from '../domain/health.ts';
import type { ResourceRows } from '../domain/resource-action/commands.ts';
import type { ResourceRow } from '../domain/resource-action/state.ts';
import {
  decideResourceSweep,
  decideResourceWakeUp,
  type ResourceWakeUpContext,
  type ResourceWakeUpDecision,
} from '../domain/resource-action/wake-up.ts';
import { generationOf, type StackRow } from '../domain/stack/state.ts';
import { decideSweep, decideWakeUp, type WakeUpDecision } from '../domain/stack/wake-up.ts';
import type { ResourceStore, StackStore } from '../ports/ports.ts';
import { type CanaryDependencies, healthSince, probeOnce } from './canary.ts';
import { decideResource, decideStack } from './update.ts';

export interface LookDependencies extends Omit<CanaryDependencies, 'canary'> {
  readonly store: StackStore;
  readonly resources: ResourceStore;
  /** Asks whether a heartbeat can be recorded; `health` knows the answer afterwards. */
  readonly probe: () => Promise<void>;
  /** How long what has ended stays visible, in milliseconds. */
  readonly retention: number;
}

/** What a function is given that looks at many rows. */
export type LookAtManyDependencies = Omit<LookDependencies, 'probe'> & CanaryDependencies;

/** For all looks of an invocation: the canary is asked once. */
export const lookAtMany = (deps: LookAtManyDependencies): LookDependencies => ({
  ...deps,
  probe: probeOnce(deps),
});

/** What a look came to: when to look again, or what was written. */
export type Look = WakeUpDecision | Exclude<ResourceWakeUpDecision, { outcome: 'unsure' }>;

/** What every wake-up asks for, whichever way it came: look at the row, and do what is due. */
export async function lookFor(deps: LookDependencies, wakeUp: WakeUp): Promise<Look> {
  const { stackId, resource, operationId, generation, hops } = wakeUp;
  const look =
    resource === undefined
      ? await decideStack(deps.store, stackId, (row) => decideWakeUp(row, wakeUp, contextOf(deps)))
      : await lookAtResource(deps, { stackId, resource }, (rows, context) =>
          decideResourceWakeUp(rows, wakeUp, context),
        );
  const subject = { stackId, operationId, ...(resource !== undefined && { resource }), generation };
  record(deps, 'wake', subject, look, hops);
  return look;
}

/** The same for a row found overdue: its wake-up was lost. */
export async function lookAtOverdue(
  deps: LookDependencies,
  { stackId, resource }: { readonly stackId: string; readonly resource?: string },
): Promise<Look> {
  let seen: StackRow | ResourceRow | undefined;
  const look =
    resource === undefined
      ? await decideStack(deps.store, stackId, (row) => {
          seen = row;
          return decideSweep(row, contextOf(deps));
        })
      : await lookAtResource(deps, { stackId, resource }, (rows, context) => {
          seen = rows.resource;
          return decideResourceSweep(rows, context);
        });
  const timer = seen && { operationId: seen.operationId, generation: generationOf(seen) };
  record(deps, 'sweep', { stackId, ...(resource !== undefined && { resource }), ...timer }, look);
  return look;
}

const contextOf = ({ clock, retention }: LookDependencies) => ({ now: clock.now(), retention });

/** A missing heartbeat is decided in two rounds: whether it could have been recorded is asked only then. */
async function lookAtResource(
  deps: LookDependencies,
  of: { readonly stackId: string; readonly resource: string },
  decide: (rows: ResourceRows, context: ResourceWakeUpContext) => ResourceWakeUpDecision,
): Promise<Exclude<ResourceWakeUpDecision, { outcome: 'unsure' }>> {
  const look = (health?: Health) =>
    decideResource(deps.resources, of, (rows) => decide(rows, { ...contextOf(deps), health }));
  const decision = await look();
  if (decision.outcome !== 'unsure') return decision;
  const informed = await look(await healthSince(deps.health, decision.dueAt, deps.probe));
  if (informed.outcome === 'unsure') throw new Error('a decision with the health known cannot be unsure');
  return informed;
}

function record(
  { telemetry }: LookDependencies,
  by: 'wake' | 'sweep',
  subject: { stackId: string; operationId?: string; resource?: string; generation?: number },
  look: Look,
  hops?: number,
): void {
  const attempt = look.save && 'attempt' in look.save && { attempt: look.save.attempt };
  telemetry.record({
    kind: 'wakeUp',
    by,
    outcome: look.outcome,
    subject: { ...subject, ...attempt },
    ...(look.outcome === 'fired' && { lateness: look.lateness }),
    ...('cause' in look && { cause: look.cause }),
    ...('reason' in look && { reason: look.reason }),
    ...(hops !== undefined && { hops }),
  });
}
