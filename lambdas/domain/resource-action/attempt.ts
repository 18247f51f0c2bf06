/** The transitions that commands and wake-ups share: into the queue, and out of a failed attempt. */

import type { Instant, Milliseconds } from '../time.ts';
import { offerDelay, retryDelay } from './retry.ts';
import {
  type AttemptCause,
  carriedOver,
  type ResourceBackoff,
  type ResourceChange,
  type ResourceEnded,
  type ResourceQueued,
  type ResourceRunning,
  resourceEnded,
  type Untimed,
  withTimer,
} from './state.ts';

/** Waits for an engine, from now on. */
export function queued(
  row: ReturnType<typeof carriedOver>,
  change: ResourceChange,
  statusReason: string,
  now: Instant,
): Untimed<ResourceQueued> {
  return {
    ...row,
    status: 'IN_PROGRESS',
    phase: 'QUEUED',
    offers: 1,
    offerAt: now + offerDelay(1),
    ...(row.scheduleToStart !== undefined && { startDeadline: now + row.scheduleToStart }),
    statusReason,
    change,
  };
}

export interface AttemptFailure {
  readonly cause: AttemptCause;
  readonly statusReason: string;
  readonly change: ResourceChange;
  /** When the attempt last showed life: from here the delay of the next one counts. */
  readonly since: Instant;
}

/**
 * P8: an attempt has failed. If another one is left it is waited for in BACKOFF; or, if the wait is over already (an
 * engine is noticed as lost only when its heartbeat timeout has passed), offered at once.
 */
export function attemptFailed(
  row: ResourceRunning,
  { cause, statusReason, change, since }: AttemptFailure,
  { now, retention, retryable }: { now: Instant; retention: Milliseconds; retryable: boolean },
): ResourceBackoff | ResourceQueued | ResourceEnded {
  if (!retryable || row.attempt >= row.retry.maxAttempts) {
    return resourceEnded(row, { status: 'FAILED', cause, statusReason, change }, now, retention);
  }
  const key = `${row.stackId}\n${row.resource}\n${row.operationId}`;
  const retryAt = since + retryDelay(row.retry, row.attempt, key);
  const failed = { ...carriedOver(row), cause, statusReason, change };
  if (retryAt <= now) return withTimer<ResourceQueued>(nextAttempt(failed, change, now), row.timer, now);
  const next: Untimed<ResourceBackoff> = { ...failed, status: 'IN_PROGRESS', phase: 'BACKOFF', retryAt };
  return withTimer<ResourceBackoff>(next, row.timer, now);
}

/** Offers the next attempt; why the one before failed stays to be seen until an engine takes it. */
export function nextAttempt(
  failed: ReturnType<typeof carriedOver> & Pick<ResourceBackoff, 'cause' | 'statusReason'>,
  change: ResourceChange,
  now: Instant,
): Untimed<ResourceQueued> {
  const { statusReason, cause, ...row } = failed;
  const offered = { ...row, attempt: row.attempt + 1 };
  return { ...queued(offered, change, statusReason, now), cause };
}
