/** What a wake-up does to a resource action. As everywhere, it only says "look": rows, clock and write decide. */
import type { ResourceCause, WakeUp } from '../../../contract/index.ts';
import { type Excuse, excuse, type Health } from '../health.ts';
import { inProgress } from '../stack/state.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { type AttemptFailure, attemptFailed, nextAttempt } from './attempt.ts';
import type { ResourceRows } from './commands.ts';
import { offerDelay } from './retry.ts';
import {
  carriedOver,
  dueOf,
  type ResourceBackoff,
  type ResourceInProgress,
  type ResourceQueued,
  type ResourceRow,
  type ResourceRunning,
  resourceEnded,
  withNewTimer,
} from './state.ts';

export type ResourceWakeUpDecision =
  /** The row is gone, has ended, or has another operation or timer: nothing to do. */
  | { readonly outcome: 'stale'; readonly save?: never }
  /** Not yet due: look again at dueAt. */
  | { readonly outcome: 'early'; readonly dueAt: Instant; readonly save?: never }
  /** A heartbeat is missing since `dueAt`: whether it could have been recorded must be known to decide. */
  | { readonly outcome: 'unsure'; readonly dueAt: Instant; readonly save?: never }
  /**
   * `rearmed`: its deadlines have moved later. `cancelled`: its operation has ended. `offered`: QUEUED work is offered
   * again. `retried`: the next attempt is offered.
   */
  | { readonly outcome: 'rearmed' | 'cancelled' | 'offered' | 'retried'; readonly save: ResourceRow }
  /** A missing heartbeat is excused. */
  | { readonly outcome: 'granted'; readonly save: ResourceRow; readonly reason: Excuse['reason'] }
  /** A deadline was reached: of the attempt, or for good. */
  | {
      readonly outcome: 'fired';
      readonly save: ResourceRow;
      readonly cause: ResourceCause;
      readonly lateness: Milliseconds;
    };

export interface ResourceWakeUpContext {
  readonly now: Instant;
  readonly retention: Milliseconds;
  /** What is known of the canary; undefined if nobody has asked yet. */
  readonly health?: Health | undefined;
}

export function decideResourceWakeUp(
  { stack, resource: row }: ResourceRows,
  wakeUp: Pick<WakeUp, 'operationId' | 'generation'>,
  context: ResourceWakeUpContext,
): ResourceWakeUpDecision {
  if (row?.status !== 'IN_PROGRESS') return { outcome: 'stale' };
  if (row.operationId !== wakeUp.operationId || row.timer.generation !== wakeUp.generation) {
    return { outcome: 'stale' };
  }
  if (inProgress(stack, row) === undefined) return { outcome: 'cancelled', save: cancelled(row, context) };
  const due = dueOf(row);
  if (context.now >= due) return decideDue(row, context);
  if (due > row.timer.dueAt) return { outcome: 'rearmed', save: again(row, { change: 'REARM' }, context) };
  return { outcome: 'early', dueAt: row.timer.dueAt };
}

/** What the sweep does to a row: the same as a wake-up of the timer that the row has now. */
export function decideResourceSweep(
  rows: ResourceRows,
  context: ResourceWakeUpContext,
): ResourceWakeUpDecision {
  const row = rows.resource;
  if (row?.status !== 'IN_PROGRESS') return { outcome: 'stale' };
  return decideResourceWakeUp(
    rows,
    { operationId: row.operationId, generation: row.timer.generation },
    context,
  );
}

/** Its operation has ended: P13. */
export function cancelled(
  row: ResourceInProgress,
  { now, retention }: { now: Instant; retention: Milliseconds },
): ResourceRow {
  const statusReason = `Resource ${row.action} cancelled: operation ${row.operationId} has ended`;
  return resourceEnded(
    row,
    { status: 'FAILED', cause: 'CANCELLED', statusReason, change: 'CANCEL' },
    now,
    retention,
  );
}

function decideDue(row: ResourceInProgress, context: ResourceWakeUpContext): ResourceWakeUpDecision {
  const { now } = context;
  if (row.finalDeadline !== undefined && row.finalDeadline <= now) {
    return endedBy(row, 'TIMEOUT', 'Timed out', row.finalDeadline, context);
  }
  switch (row.phase) {
    case 'QUEUED':
      return decideQueued(row, context);
    case 'RUNNING':
      return decideRunning(row, context);
    case 'BACKOFF':
      return { outcome: 'retried', save: retried(row, now) };
  }
}

function decideQueued(row: ResourceQueued, context: ResourceWakeUpContext): ResourceWakeUpDecision {
  const { now } = context;
  if (row.startDeadline !== undefined && row.startDeadline <= now) {
    const reason = `No engine claimed resource ${row.action} in time`;
    return endedBy(row, 'NO_ENGINE', reason, row.startDeadline, context);
  }
  const offers = row.offers + 1;
  const offer = { offers, offerAt: now + offerDelay(offers), change: 'OFFER' } as const;
  return { outcome: 'offered', save: again(row, offer, context) };
}

function decideRunning(row: ResourceRunning, context: ResourceWakeUpContext): ResourceWakeUpDecision {
  const { now, retention, health } = context;
  const failed = (
    failure: Pick<AttemptFailure, 'statusReason' | 'since'>,
    cause: 'TIMEOUT' | 'ENGINE_LOST',
    deadline: Instant,
  ) => {
    const how = { now, retention, retryable: true };
    const save = attemptFailed(row, { ...failure, cause, change: cause }, how);
    return { outcome: 'fired', save, cause, lateness: now - deadline } as const;
  };
  if (row.attemptDeadline <= now) {
    const since = row.attemptDeadline;
    return failed({ statusReason: 'Timed out', since }, 'TIMEOUT', since);
  }
  // What else is due is the heartbeat.
  const { heartbeatDeadline = now, heartbeat = 0, engineId } = row;
  if (health === undefined) return { outcome: 'unsure', dueAt: heartbeatDeadline };
  const lastHeartbeat = heartbeatDeadline - heartbeat;
  const excused = excuse(health, lastHeartbeat, heartbeat, now);
  if (excused === undefined) {
    const statusReason = `Engine ${engineId} went down during resource ${row.action}`;
    return failed({ statusReason, since: lastHeartbeat }, 'ENGINE_LOST', heartbeatDeadline);
  }
  const { until, reason } = excused;
  const save = again(row, { heartbeatDeadline: until, change: 'GRANT' }, context);
  return { outcome: 'granted', save, reason };
}

/** The end of a resource action for a reason that leaves no other attempt. */
function endedBy(
  row: ResourceInProgress,
  cause: 'TIMEOUT' | 'NO_ENGINE',
  statusReason: string,
  deadline: Instant,
  { now, retention }: ResourceWakeUpContext,
): ResourceWakeUpDecision {
  const end = { status: 'FAILED', cause, statusReason, change: cause } as const;
  return {
    outcome: 'fired',
    save: resourceEnded(row, end, now, retention),
    cause,
    lateness: now - deadline,
  };
}

/** The same phase with a timer that is set anew. */
function again<R extends ResourceInProgress>(
  row: R,
  moved: Partial<R> & Pick<R, 'change'>,
  { now }: { now: Instant },
): R {
  const { timer, ...rest } = { ...row, ...moved, version: row.version + 1 };
  return withNewTimer<ResourceInProgress>(rest, row.timer.generation, now) as R;
}

function retried(row: ResourceBackoff, now: Instant): ResourceQueued {
  const { cause, statusReason } = row;
  const next = nextAttempt({ ...carriedOver(row), cause, statusReason }, 'RETRY', now);
  return withNewTimer<ResourceQueued>(next, row.timer.generation, now);
}
