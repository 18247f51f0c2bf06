/** What a history tells, in words: of an entry, a segment, an end. Pure. */
import type { HistoryEntry } from '../../contract/index.ts';
import { causeText, reachedText } from '../rows.ts';
import { elapsed } from './axis.ts';
import type { Attempt, End, Instant, OperationSpan, Outcome, Segment } from './timeline.ts';

/** What happened, in few words: `claimed`, `attempt failed`, `CREATE_COMPLETE`. */
export function whatHappened({ transition, action, status, phase, resource }: HistoryEntry): string {
  if (status !== 'IN_PROGRESS') return `${action}_${status}`;
  if (resource === undefined) return 'started';
  switch (transition) {
    case 'DISPATCH':
      return phase === 'DELAYED' ? 'dispatched with a delay' : 'dispatched';
    case 'QUEUE':
      return 'delay is over';
    case 'CLAIM':
      return 'claimed';
    case 'OFFER':
      return 'offered again';
    case 'RETRY':
      return 'next attempt offered';
    case 'RELEASE':
      return 'released';
    case 'ENGINE_LOST':
      return 'engine lost';
    case 'TIMEOUT':
      return 'attempt timed out';
    case 'COMPLETE':
      return 'attempt failed';
    default:
      // Of a newer service.
      return transition;
  }
}

const OUTCOMES: Readonly<Record<Outcome['kind'], string>> = {
  running: 'is running',
  completed: 'completed',
  failed: 'failed',
  timedOut: 'timed out',
  engineLost: 'lost its engine',
  released: 'was released',
  cancelled: 'was cancelled',
  unknown: 'ended, its entry is missing',
};

/** How a moment is shown. */
type Clock = (at: Instant) => string;
const utc: Clock = (at) => new Date(at).toISOString();

/**
 * What an outcome does not say: of a running attempt when its engine was last heard, of a lost one
 * until when no heartbeat came, and which timeout was reached, how late. May be empty.
 */
export function attemptDetails(
  { from, until, cutOff, lastHeartbeatAt, outcome }: Attempt,
  clock: Clock = utc,
): string {
  switch (outcome.kind) {
    case 'running':
      return lastHeartbeatAt === undefined ? '' : `last heard ${clock(lastHeartbeatAt)}`;
    case 'engineLost': {
      const { latenessMs } = outcome;
      const silent = latenessMs === undefined ? [] : [`no heartbeat by ${clock(until - latenessMs)}`];
      return [...silent, reachedText(outcome)].filter(Boolean).join(', ');
    }
    case 'timedOut': {
      const { timeout, latenessMs } = outcome;
      const isOfAttempt = timeout === 'START_TO_CLOSE' && latenessMs !== undefined && !cutOff;
      const length = isOfAttempt ? ` of ${elapsed(until - latenessMs - from)}` : '';
      return reachedText({ timeout: timeout && `${timeout}${length}`, latenessMs });
    }
    default:
      return '';
  }
}

function attemptText(attempt: Attempt, clock: Clock): string {
  const { engineId, outcome } = attempt;
  const by = engineId === undefined ? '' : ` by engine ${engineId}`;
  const details = attemptDetails(attempt, clock);
  const reason = 'reason' in outcome && outcome.reason ? `: ${outcome.reason}` : '';
  return `attempt ${attempt.attempt}${by} ${OUTCOMES[outcome.kind]}${details && ` (${details})`}${reason}`;
}

/** A segment in words, with text of others in it: `attempt 2 by engine b failed: no quota, 3s`. */
export function segmentText(segment: Segment, clock = utc): string {
  const lasted = `${segment.cutOff ? 'at least ' : ''}${elapsed(segment.until - segment.from)}`;
  switch (segment.kind) {
    case 'delayed':
      return `delayed, ${lasted}`;
    case 'queued':
      return `attempt ${segment.attempt} waits for an engine, ${lasted}`;
    case 'backoff':
      return `waits after attempt ${segment.attempt} for the next, ${lasted}`;
    case 'attempt':
      return `${attemptText(segment, clock)}, ${lasted}`;
  }
}

/**
 * An end in words: `Timed out (TIMEOUT: START_TO_CLOSE, 70ms late)`. Without a `resource`, it is
 * that of an operation.
 */
export function endText(end: End, resource?: string): string {
  const cause = causeText({ ...end, ...(resource !== undefined && { resource }) });
  return [end.reason, cause && `(${cause})`].filter(Boolean).join(' ');
}

/** `CREATE_FAILED`. */
export const statusOf = ({ action, end }: OperationSpan): string =>
  [action, end?.status ?? 'IN_PROGRESS'].filter(Boolean).join('_');
