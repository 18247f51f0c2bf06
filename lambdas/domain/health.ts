/**
 * P11: an outage of ours is not the engine's death. A canary, a write through the command function as a heartbeat is
 * one, tells whether heartbeats could be recorded: each minute, and whenever an engine seems lost.
 */
import type { Instant, Milliseconds } from './time.ts';

/** When the canary succeeded last, and when it failed last. */
export interface Health {
  readonly succeededAt?: Instant;
  readonly failedAt?: Instant;
}

/**
 * A canary comes each minute. No success for longer than this means that one at least has failed, though nobody could
 * write it down.
 */
const LONGEST_CANARY_GAP: Milliseconds = 100_000;

const isCanaryMissing = ({ succeededAt }: Health, now: Instant): boolean =>
  succeededAt !== undefined && now - succeededAt > LONGEST_CANARY_GAP;

/** What is to be recorded when a canary has succeeded: it may be the end of an outage that nobody could record. */
export const afterSuccess = (health: Health, now: Instant): Health => ({
  succeededAt: now,
  ...(isCanaryMissing(health, now) && { failedAt: now }),
});

export const afterFailure = (now: Instant): Health => ({ failedAt: now });

/** Why a missing heartbeat is excused, for the log; and until when. */
export interface HeartbeatGrant {
  readonly until: Instant;
  readonly reason: 'heartbeats cannot be recorded now' | 'heartbeats could not be recorded for a while';
}

/**
 * Whether the service, not the engine, may be why no heartbeat was recorded since the last one. One more interval is
 * granted while the outage lasts, and then one from the last success. That is the last one for a heartbeat that was
 * recorded: it begins after the failure that excused it.
 */
export function heartbeatGrant(
  health: Health,
  lastHeartbeat: Instant,
  interval: Milliseconds,
  now: Instant,
): HeartbeatGrant | undefined {
  const { succeededAt = Number.NEGATIVE_INFINITY, failedAt = Number.NEGATIVE_INFINITY } = health;
  if (failedAt > succeededAt || isCanaryMissing(health, now)) {
    // It begins just before the failure, so that the failure lies in it and excuses once more when the outage is over.
    const until = Math.min(now, failedAt - 1) + interval;
    return { until: until > now ? until : now + interval, reason: 'heartbeats cannot be recorded now' };
  }
  const until = succeededAt + interval;
  if (failedAt <= lastHeartbeat || until <= now) return undefined;
  return { until, reason: 'heartbeats could not be recorded for a while' };
}
