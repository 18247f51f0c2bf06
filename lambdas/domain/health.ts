/**
 * P11: an outage of ours is not the engine's death. A canary, a write through the command function as a heartbeat is
 * one, tells whether heartbeats could be recorded: each minute, and whenever an engine seems lost.
 */
import type { Instant, Milliseconds } from './time.ts';

/** What is known of the canary. */
export interface Health {
  readonly succeededAt?: Instant;
  readonly failedAt?: Instant;
  /** When it succeeded last after a gap, in which it may have failed though nobody could write that down. */
  readonly gapEndedAt?: Instant;
}

/** A canary comes each minute: if none succeeded for longer than this, one at least may have failed. */
const LONGEST_CANARY_GAP: Milliseconds = 100_000;

/** What is to be recorded when a canary has succeeded: it may be the end of an outage that nobody could record. */
export const afterSuccess = ({ succeededAt }: Health, now: Instant): Health => ({
  succeededAt: now,
  ...(succeededAt !== undefined && now - succeededAt > LONGEST_CANARY_GAP && { gapEndedAt: now }),
});

export const afterFailure = (now: Instant): Health => ({ failedAt: now });

/** What the row tells of a heartbeat that is missing. */
export interface MissingHeartbeat {
  /** When the interval began that is over: at the last heartbeat, or as a grant moved it. */
  readonly since: Instant;
  readonly interval: Milliseconds;
  /** Whether one was granted since the last heartbeat that was recorded. */
  readonly isSuspected: boolean;
}

/** Why a missing heartbeat is excused, for the log; and until when. */
export interface HeartbeatGrant {
  readonly until: Instant;
  readonly reason: 'heartbeats cannot be recorded now' | 'heartbeats could not be recorded for a while';
}

/**
 * Whether the service, not the engine, may be why no heartbeat was recorded. One more interval is
 * granted while the canary fails, and then one from its last success: that begins after the failure
 * that excused it, so it is the last one unless the canary fails again. A gap between canaries proves
 * no failure (the sweep may be out, and nobody asked), so it excuses once for each recorded heartbeat.
 */
export function heartbeatGrant(
  health: Health,
  { since, interval, isSuspected }: MissingHeartbeat,
  now: Instant,
): HeartbeatGrant | undefined {
  const never = Number.NEGATIVE_INFINITY;
  const { succeededAt = never, failedAt = never, gapEndedAt = never } = health;
  if (failedAt > succeededAt) {
    // It begins just before the failure, so that the failure lies in it and excuses once more when the outage is over.
    const until = Math.min(now, failedAt - 1) + interval;
    return { until: until > now ? until : now + interval, reason: 'heartbeats cannot be recorded now' };
  }
  const mayHaveFailed = failedAt > since || (gapEndedAt > since && !isSuspected);
  const until = succeededAt + interval;
  if (!mayHaveFailed || until <= now) return undefined;
  return { until, reason: 'heartbeats could not be recorded for a while' };
}
