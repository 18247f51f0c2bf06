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
  /** When the time began that is over: at the last heartbeat, or by a grant. */
  readonly since: Instant;
  readonly interval: Milliseconds;
  /** Whether one was granted since the last heartbeat that was recorded. */
  readonly isSuspected: boolean;
  /** Whether the row was written since then, while heartbeats could be recorded. */
  readonly isProven: boolean;
}

/** Why a missing heartbeat is excused, for the log; and until when. */
export interface HeartbeatGrant {
  readonly until: Instant;
  /** Whether the engine can be heard from now on: the write of the grant proves that the row can be written. */
  readonly proves: boolean;
  readonly reason:
    | 'heartbeats cannot be recorded now'
    | 'heartbeats could not be recorded for a while'
    | 'the row may not have been writable';
}

/** An engine sends three heartbeats in each interval: one of them comes within this part of it. */
const BEATS = 3;

/**
 * Whether the service, not the engine, may be why no heartbeat was recorded. One more interval is
 * granted while the canary fails, and then one from its last success: that begins after the failure
 * that excused it, so it is the last one unless the canary fails again. A gap between canaries proves
 * no failure (the sweep may be out, and nobody asked), so it excuses once for each recorded heartbeat.
 *
 * The canary is an item of another partition than the row. So an engine is lost in two steps: the
 * first writes the row, and grants a third of the interval; only then is a silence the engine's own.
 */
export function heartbeatGrant(
  health: Health,
  { since, interval, isSuspected, isProven }: MissingHeartbeat,
  now: Instant,
): HeartbeatGrant | undefined {
  const never = Number.NEGATIVE_INFINITY;
  const { succeededAt = never, failedAt = never, gapEndedAt = never } = health;
  if (failedAt > succeededAt) {
    // It begins just before the failure, so that the failure lies in it and excuses once more when the outage is over.
    const until = Math.min(now, failedAt - 1) + interval;
    const reason = 'heartbeats cannot be recorded now';
    return { until: until > now ? until : now + interval, proves: false, reason };
  }
  const proof = now + Math.floor(interval / BEATS);
  const mayHaveFailed = failedAt > since || (gapEndedAt > since && !isSuspected);
  const until = succeededAt + interval;
  if (mayHaveFailed && until > now) {
    const reason = 'heartbeats could not be recorded for a while';
    return { until: Math.max(until, proof), proves: true, reason };
  }
  if (isProven) return undefined;
  return { until: proof, proves: true, reason: 'the row may not have been writable' };
}
