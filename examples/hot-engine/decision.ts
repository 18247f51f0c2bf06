/**
 * Decides what a walker does next from what the service says alone. So any walker can continue
 * where another died.
 */
import type { ResourceAction, Stack } from 'stack-timeouts';
import { ready } from './graph.ts';
import { graphOf, type Plan, rollbackPlan, type Step } from './plan.ts';
import type { Walk } from './walk.ts';

type Resources = ReadonlyMap<string, Pick<ResourceAction, 'status' | 'statusReason' | 'cause'>>;

/** An operation in progress and its resource actions. */
export interface OperationState {
  readonly stack: Pick<Stack, 'startedAt' | 'deadline'>;
  readonly resources: Resources;
}

export type Decision =
  /** Until a resource action ends. */
  | { readonly type: 'WAIT' }
  | {
      readonly type: 'DISPATCH';
      readonly steps: readonly (readonly [string, Step])[];
      /** Give the operation its whole timeout again first. */
      readonly extend: boolean;
    }
  | { readonly type: 'END'; readonly status: 'COMPLETE' | 'FAILED'; readonly reason: string };

export function decideNext(walk: Walk, { stack, resources }: OperationState): Decision {
  const { plan, rollback } = walk;
  const failed = findFailed(plan, resources);
  if (failed === undefined) {
    const done = end('COMPLETE', `All ${plan.size} resource actions are COMPLETE`);
    return decidePlan(plan, resources, done);
  }
  const reason = `Resource ${plan.get(failed)?.action} failed: ${failed}: ${resources.get(failed)?.statusReason}`;
  if (!rollback) {
    // The service fails the operation, as the steps' `onFailure` says; but not for a step that
    // somebody cancelled.
    return resources.get(failed)?.cause === 'CANCELLED' ? end('FAILED', reason) : { type: 'WAIT' };
  }
  const decision = decideRollback(plan, resources, reason);
  return decision.type === 'DISPATCH' ? { ...decision, extend: !wasExtended(walk, stack) } : decision;
}

/**
 * The rollback is a part of the failed operation, under resource names of its own. If it were an
 * operation of its own, a walker that died between starting it and dispatching its walk would leave
 * it to nobody.
 *
 * A walker that lost its attempt and does not know yet may still dispatch a step. Such a step shows
 * up here as any other does: it is waited for and reverted.
 */
function decideRollback(plan: Plan, resources: Resources, reason: string): Decision {
  const started = new Set([...plan.keys()].filter((name) => resources.has(name)));
  if ([...started].some((name) => resources.get(name)?.status === 'IN_PROGRESS')) return { type: 'WAIT' };
  const rollback = rollbackPlan(plan, started);
  const failed = findFailed(rollback, resources);
  if (failed !== undefined)
    return end('FAILED', `${reason}; rollback failed: ${failed}: ${resources.get(failed)?.statusReason}`);
  return decidePlan(rollback, resources, end('FAILED', `${reason}; rolled back`));
}

/** Dispatches the steps that are ready, or waits. When all steps are COMPLETE: `done`. */
function decidePlan(plan: Plan, resources: Resources, done: Decision): Decision {
  const complete = new Set([...plan.keys()].filter((name) => resources.get(name)?.status === 'COMPLETE'));
  if (complete.size === plan.size) return done;
  const names = ready(graphOf(plan), complete).filter((name) => !resources.has(name));
  if (names.length === 0) return { type: 'WAIT' };
  return { type: 'DISPATCH', steps: names.map((name) => [name, plan.get(name) as Step]), extend: false };
}

const findFailed = (plan: Plan, resources: Resources): string | undefined =>
  [...plan.keys()].find((name) => resources.get(name)?.status === 'FAILED');

/**
 * Whether the rollback got its time. Read from the deadline, so that it gets it once, however many
 * walkers there are.
 */
const wasExtended = ({ timeoutSeconds }: Walk, { startedAt, deadline }: OperationState['stack']): boolean =>
  Date.parse(deadline) - Date.parse(startedAt) > timeoutSeconds * 1000;

/** In UTF-16 code units of at most 3 bytes each. The service takes a reason of 1,024 bytes. */
const MAX_REASON = 340;

const end = (status: 'COMPLETE' | 'FAILED', reason: string): Decision => ({
  type: 'END',
  status,
  reason: reason.slice(0, MAX_REASON).toWellFormed(),
});
