/** The transitions that commands and wake-ups share: into the queue, and out of a failed attempt. */
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
} from './resource.ts';
import { offerDelay, retryDelay } from './retry.ts';
import type { Instant, Milliseconds } from './time.ts';

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
}

/** P8: an attempt has failed. BACKOFF if one is left, else the end. */
export function attemptFailed(
  row: ResourceRunning,
  { cause, statusReason, change }: AttemptFailure,
  { now, retention, retryable }: { now: Instant; retention: Milliseconds; retryable: boolean },
): ResourceBackoff | ResourceEnded {
  if (!retryable || row.attempt >= row.retry.maxAttempts) {
    return resourceEnded(row, { status: 'FAILED', cause, statusReason, change }, now, retention);
  }
  const key = `${row.stackId}\n${row.resource}\n${row.operationId}`;
  const next: Untimed<ResourceBackoff> = {
    ...carriedOver(row),
    status: 'IN_PROGRESS',
    phase: 'BACKOFF',
    retryAt: now + retryDelay(row.retry, row.attempt, key),
    cause,
    statusReason,
    change,
  };
  return withTimer<ResourceBackoff>(next, row.timer, now);
}
