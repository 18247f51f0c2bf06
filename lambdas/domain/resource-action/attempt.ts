/**
 * The transitions that commands and wake-ups share: into the queue, and out of a failed attempt.
 */

import type { DecisionContext } from '../row.ts';
import type { Instant } from '../time.ts';
import { delayKeyOf, offerDelay, retryDelay } from './retry.ts';
import {
  type AttemptCause,
  inNextPhase,
  type MissedTimeout,
  type ResourceActionBackoff,
  type ResourceActionEnded,
  type ResourceActionQueued,
  type ResourceActionRunning,
  type ResourceActionTransition,
  resourceActionEnded,
  type Untimed,
  withTimer,
} from './state.ts';

/** Waits for an engine, from now on. From `since` its start deadline counts. */
export function queued(
  row: ReturnType<typeof inNextPhase>,
  change: ResourceActionTransition,
  statusReason: string,
  now: Instant,
  since = now,
): Untimed<ResourceActionQueued> {
  return {
    ...row,
    status: 'IN_PROGRESS',
    phase: 'QUEUED',
    offers: 1,
    offerAt: now + offerDelay(1, delayKeyOf(row)),
    ...(row.scheduleToStart !== undefined && { startDeadline: since + row.scheduleToStart }),
    statusReason,
    change,
  };
}

/** Waits for its first engine, which it was to do from `since` on. */
export const firstQueued = (
  row: ReturnType<typeof inNextPhase>,
  change: 'DISPATCH' | 'QUEUE',
  now: Instant,
  since = now,
): Untimed<ResourceActionQueued> =>
  queued(row, change, `Resource ${row.action} waits for an engine`, now, since);

export interface AttemptFailure {
  readonly cause: AttemptCause;
  readonly statusReason: string;
  readonly change: ResourceActionTransition;
  /** When the attempt last showed life: from here the delay of the next one counts. */
  readonly since: Instant;
  /** False if the engine reported that another attempt would fail as well. */
  readonly retryable: boolean;
  readonly missed?: MissedTimeout;
}

/** Rows stay small, whatever engines report. */
const LONGEST_FAILURE_REASON = 200;

/**
 * P8: an attempt has failed. If another one is left it is waited for in BACKOFF; or, if the wait is
 * over already (an engine is noticed as lost only when its heartbeat timeout has passed), offered
 * at once. One that could not begin before all attempts together are out of time is not waited for.
 */
export function attemptFailed(
  row: ResourceActionRunning,
  { since, retryable, ...failure }: AttemptFailure,
  context: DecisionContext,
): ResourceActionBackoff | ResourceActionQueued | ResourceActionEnded {
  const { now } = context;
  const retryAt = since + retryDelay(row.retry, row.attempt, delayKeyOf(row));
  const isInTime = row.finalDeadline === undefined || Math.max(retryAt, now) < row.finalDeadline;
  if (!retryable || row.attempt >= row.retry.maxAttempts || !isInTime) {
    return resourceActionEnded(row, { status: 'FAILED', ...failure }, context);
  }
  const { attempt, engineId } = row;
  const { cause, change } = failure;
  const reason = [...failure.statusReason].slice(0, LONGEST_FAILURE_REASON).join('');
  const lastFailure = { attempt, engineId, cause, reason, at: now };
  const failed = { ...inNextPhase(row, now), lastFailure, ...failure };
  if (retryAt <= now)
    return withTimer<ResourceActionQueued>(nextAttempt(failed, change, now), row.timer, now);
  const next: Untimed<ResourceActionBackoff> = {
    ...failed,
    status: 'IN_PROGRESS',
    phase: 'BACKOFF',
    retryAt,
  };
  return withTimer<ResourceActionBackoff>(next, row.timer, now);
}

/** Offers the next attempt; why the one before failed stays to be seen until an engine takes it. */
export function nextAttempt(
  failed: ReturnType<typeof inNextPhase> & Pick<ResourceActionBackoff, 'cause' | 'missed' | 'statusReason'>,
  change: ResourceActionTransition,
  now: Instant,
): Untimed<ResourceActionQueued> {
  const { statusReason, cause, missed, releasedClaims: _, ...row } = failed;
  const offered = { ...row, attempt: row.attempt + 1 };
  return { ...queued(offered, change, statusReason, now), cause, ...(missed && { missed }) };
}
