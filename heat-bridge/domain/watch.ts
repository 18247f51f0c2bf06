/** What the service is to be told about a stack of Heat. */
import type { Action, Fields, Stack } from '../../client/index.ts';
import { type HeatStack, heatDeadline, isInProgress } from './heat.ts';

export type WatchDecision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'start'; readonly fields: Fields<'StartOperation'> }
  | { readonly kind: 'complete'; readonly fields: Fields<'CompleteOperation'> };

export interface WatchContext {
  /** By the clock of Heat's database. */
  readonly now: number;
  /** How long after its own deadline Heat may still end the stack itself. */
  readonly graceSeconds: number;
  readonly defaultTimeoutSeconds: number;
}

/** In the metadata of the bridge's operations: it leaves all others alone. */
export const SOURCE = 'heat-bridge';

/** Any row may be newer than the notification that told of it: only the row decides. */
export function decideWatch(
  heat: HeatStack | undefined,
  ours: Stack | undefined,
  context: WatchContext,
): WatchDecision {
  if (isInProgress(heat)) return decideStart(heat, ours, context);
  return isOurs(ours) ? complete(ours, heat) : { kind: 'nothing' };
}

const isOurs = (stack: Stack | undefined): stack is Stack =>
  stack?.status === 'IN_PROGRESS' && stack.metadata?.source === SOURCE;

function decideStart(heat: HeatStack, ours: Stack | undefined, context: WatchContext): WatchDecision {
  // Also if it has ended: the operation has had its timeout, and has it no second time.
  if (ours?.operationId === heat.traversal) return { kind: 'nothing' };
  // Not by `supersede`: it names no operation, so a row that was read long ago could end a newer one.
  if (ours?.status === 'IN_PROGRESS') return isOurs(ours) ? complete(ours, heat) : { kind: 'nothing' };
  const { now, graceSeconds } = context;
  const left = heatDeadline(heat, context.defaultTimeoutSeconds) - now;
  return {
    kind: 'start',
    fields: {
      stackId: heat.id,
      operationId: heat.traversal,
      action: heat.action as Action,
      timeoutSeconds: Math.max(1, Math.ceil(left / 1000) + graceSeconds),
      // The owner is no parent here: our service ends a child with its parent, Heat does not. A nested
      // stack has a deadline of its own in Heat, a little later than its owner's, and lives on until
      // then.
      metadata: {
        source: SOURCE,
        tenant: heat.tenant,
        name: heat.name,
        ...(heat.ownerId !== null && { owner: heat.ownerId }),
      },
    },
  };
}

function complete(ours: Stack, heat: HeatStack | undefined): WatchDecision {
  const { stackId, operationId } = ours;
  const end = (status: 'COMPLETE' | 'FAILED', reason: string): WatchDecision => ({
    kind: 'complete',
    fields: { stackId, operationId, status, reason },
  });
  if (heat === undefined || heat.deletedAt !== null)
    return end(ours.action === 'DELETE' ? 'COMPLETE' : 'FAILED', 'The stack is deleted in Heat');
  // An end by SQL empties the traversal.
  if (heat.traversal !== '' && heat.traversal !== operationId)
    return end('FAILED', 'Another operation of Heat took its place');
  return end(
    heat.status === 'COMPLETE' ? 'COMPLETE' : 'FAILED',
    heat.statusReason.slice(0, 250).toWellFormed(),
  );
}
