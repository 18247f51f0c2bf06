/** What a wake-up does to a resource action. As everywhere, it only says "look": rows, clock and write decide. */

import type { ResourceActionCause, Timeout, WakeUp } from '../../../contract/index.ts';
import { type Health, type HeartbeatGrant, heartbeatGrant } from '../health.ts';
import type { DecisionContext, RearmContext } from '../row.ts';
import { inProgress } from '../stack/state.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { type AttemptFailure, attemptFailed, firstQueued, nextAttempt } from './attempt.ts';
import { delayKeyOf, offerDelay } from './retry.ts';
import {
  dueOf,
  inNextPhase,
  lastHeartbeatOf,
  type MissedTimeout,
  type ResourceActionBackoff,
  type ResourceActionDelayed,
  type ResourceActionInProgress,
  type ResourceActionQueued,
  type ResourceActionRow,
  type ResourceActionRunning,
  type ResourceActionWithStack,
  resourceActionEnded,
  withNewTimer,
} from './state.ts';

export type ResourceActionWakeUpDecision =
  /** The row is gone, has ended, or has another operation or timer: nothing to do. */
  | { readonly outcome: 'stale'; readonly save?: never }
  /** Not yet due: look again at dueAt. */
  | { readonly outcome: 'early'; readonly dueAt: Instant; readonly save?: never }
  /** A heartbeat is missing since `dueAt`: whether it could have been recorded must be known to decide. */
  | { readonly outcome: 'unsure'; readonly dueAt: Instant; readonly save?: never }
  /**
   * `rearmed`: its deadlines have moved later. `cancelled`: its operation has ended. `queued`: its delay is over.
   * `offered`: QUEUED work is offered again. `retried`: the next attempt is offered.
   */
  | {
      readonly outcome: 'rearmed' | 'cancelled' | 'queued' | 'offered' | 'retried';
      readonly save: ResourceActionRow;
    }
  /** A missing heartbeat is excused. */
  | {
      readonly outcome: 'granted';
      readonly save: ResourceActionRow;
      readonly reason: HeartbeatGrant['reason'];
    }
  /** A deadline was reached: of the attempt, or for good. */
  | {
      readonly outcome: 'fired';
      readonly save: ResourceActionRow;
      readonly cause: ResourceActionCause;
      readonly timeout: Timeout;
      readonly lateness: Milliseconds;
    };

export interface ResourceActionWakeUpContext extends DecisionContext {
  /** What is known of the canary; undefined if nobody has asked yet. */
  readonly health?: Health | undefined;
}

export function decideResourceActionWakeUp(
  { stack, resource: row }: ResourceActionWithStack,
  wakeUp: Pick<WakeUp, 'operationId' | 'generation'>,
  context: ResourceActionWakeUpContext,
): ResourceActionWakeUpDecision {
  if (row?.status !== 'IN_PROGRESS') return { outcome: 'stale' };
  if (row.operationId !== wakeUp.operationId || row.timer.generation !== wakeUp.generation) {
    return { outcome: 'stale' };
  }
  if (inProgress(stack, row) === undefined) return { outcome: 'cancelled', save: cancelled(row, context) };
  const due = dueOf(row);
  if (context.now >= due) return decideDue(row, context);
  if (due > row.timer.dueAt) return { outcome: 'rearmed', save: rearmed(row, { change: 'REARM' }, context) };
  return { outcome: 'early', dueAt: row.timer.dueAt };
}

/** What the sweep does to a row: the same as a wake-up of the timer that the row has now. */
export function decideOverdueResourceAction(
  rows: ResourceActionWithStack,
  context: ResourceActionWakeUpContext,
): ResourceActionWakeUpDecision {
  const row = rows.resource;
  if (row?.status !== 'IN_PROGRESS') return { outcome: 'stale' };
  return decideResourceActionWakeUp(
    rows,
    { operationId: row.operationId, generation: row.timer.generation },
    context,
  );
}

/** A new timer for a live row whose wake-up may be lost. */
export function decideResourceActionRearm(
  row: ResourceActionRow | undefined,
  { now, before }: RearmContext,
): { readonly save?: ResourceActionInProgress } {
  if (row?.status !== 'IN_PROGRESS' || row.timer.setAt >= before) return {};
  return { save: rearmed(row, { change: 'REARM' }, { now }) };
}

/** Its operation has ended: P13. */
export function cancelled(row: ResourceActionInProgress, context: DecisionContext): ResourceActionRow {
  const statusReason = `Resource ${row.action} cancelled: operation ${row.operationId} has ended`;
  return resourceActionEnded(
    row,
    { status: 'FAILED', cause: 'CANCELLED', statusReason, change: 'CANCEL' },
    context,
  );
}

function decideDue(
  row: ResourceActionInProgress,
  context: ResourceActionWakeUpContext,
): ResourceActionWakeUpDecision {
  const { now } = context;
  if (row.finalDeadline !== undefined && row.finalDeadline <= now) {
    const missed = { timeout: 'SCHEDULE_TO_CLOSE', deadline: row.finalDeadline } as const;
    return timedOut(row, 'TIMEOUT', 'Timed out', missed, context);
  }
  switch (row.phase) {
    case 'DELAYED':
      return { outcome: 'queued', save: delayOver(row, now) };
    case 'QUEUED':
      return decideQueued(row, context);
    case 'RUNNING':
      return decideRunning(row, context);
    case 'BACKOFF':
      return { outcome: 'retried', save: retried(row, now) };
  }
}

function decideQueued(
  row: ResourceActionQueued,
  context: ResourceActionWakeUpContext,
): ResourceActionWakeUpDecision {
  const { now } = context;
  if (row.startDeadline !== undefined && row.startDeadline <= now) {
    const reason = `No engine claimed resource ${row.action} in time`;
    const missed = { timeout: 'SCHEDULE_TO_START', deadline: row.startDeadline } as const;
    return timedOut(row, 'NO_ENGINE', reason, missed, context);
  }
  const offers = row.offers + 1;
  const offer = { offers, offerAt: now + offerDelay(offers, delayKeyOf(row)), change: 'OFFER' } as const;
  return { outcome: 'offered', save: rearmed(row, offer, context) };
}

function decideRunning(
  row: ResourceActionRunning,
  context: ResourceActionWakeUpContext,
): ResourceActionWakeUpDecision {
  const { now, health } = context;
  const failed = (
    failure: Pick<AttemptFailure, 'statusReason' | 'since'>,
    cause: 'TIMEOUT' | 'ENGINE_LOST',
    missed: MissedTimeout,
  ) => {
    const save = attemptFailed(row, { ...failure, cause, missed, change: cause, retryable: true }, context);
    return { outcome: 'fired', save, cause, ...firedBy(missed, now) } as const;
  };
  if (row.attemptDeadline <= now) {
    const since = row.attemptDeadline;
    const missed = { timeout: 'START_TO_CLOSE', deadline: since } as const;
    return failed({ statusReason: 'Timed out', since }, 'TIMEOUT', missed);
  }
  // What else is due is the heartbeat.
  const { heartbeatDeadline = now, heartbeat = 0, suspicion, engineId } = row;
  if (health === undefined) return { outcome: 'unsure', dueAt: heartbeatDeadline };
  const lastHeartbeat = lastHeartbeatOf(row) ?? now;
  const { provenAt } = suspicion ?? {};
  const missing = {
    since: provenAt ?? heartbeatDeadline - heartbeat,
    interval: heartbeat,
    isSuspected: suspicion !== undefined,
    isProven: provenAt !== undefined,
  };
  const grant = heartbeatGrant(health, missing, now);
  if (grant === undefined) {
    const statusReason = `Engine ${engineId} went down during resource ${row.action}`;
    const missed = { timeout: 'HEARTBEAT', deadline: heartbeatDeadline } as const;
    return failed({ statusReason, since: lastHeartbeat }, 'ENGINE_LOST', missed);
  }
  const { until, proves, reason } = grant;
  const granted = { lastHeartbeat, ...(proves && { provenAt: now }) };
  const moved = { heartbeatDeadline: until, suspicion: granted, change: 'GRANT' } as const;
  const save = rearmed(row, moved, context);
  return { outcome: 'granted', save, reason };
}

/** The end of a resource action for a reason that leaves no other attempt. */
function timedOut(
  row: ResourceActionInProgress,
  cause: 'TIMEOUT' | 'NO_ENGINE',
  statusReason: string,
  missed: MissedTimeout,
  context: ResourceActionWakeUpContext,
): ResourceActionWakeUpDecision {
  const end = { status: 'FAILED', cause, statusReason, missed, change: cause } as const;
  const save = resourceActionEnded(row, end, context);
  return { outcome: 'fired', save, cause, ...firedBy(missed, context.now) };
}

const firedBy = ({ timeout, deadline }: MissedTimeout, now: Instant) => ({
  timeout,
  lateness: now - deadline,
});

/** The same phase with a timer that is set anew. */
function rearmed<R extends ResourceActionInProgress>(
  row: R,
  moved: Partial<R> & Pick<R, 'change'>,
  { now }: { now: Instant },
): R {
  const { timer, ...rest } = { ...row, ...moved, version: row.version + 1 };
  return withNewTimer<ResourceActionInProgress>(rest, row.timer.generation, now) as R;
}

/** However late it is looked at: the time to start counts from when it was to be queued. */
function delayOver(row: ResourceActionDelayed, now: Instant): ResourceActionQueued {
  const next = firstQueued(inNextPhase(row, now), 'QUEUE', now, row.queueAt);
  return withNewTimer<ResourceActionQueued>(next, row.timer.generation, now);
}

function retried(row: ResourceActionBackoff, now: Instant): ResourceActionQueued {
  const { cause, missed, statusReason } = row;
  const failed = { ...inNextPhase(row, now), cause, ...(missed && { missed }), statusReason };
  const next = nextAttempt(failed, 'RETRY', now);
  return withNewTimer<ResourceActionQueued>(next, row.timer.generation, now);
}
