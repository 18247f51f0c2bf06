/** What a history tells, in words: of an entry, a segment, an end. Pure. */
import type { HistoryEntry } from '../../contract/index.ts';
import { lateBy } from '../duration.ts';
import { causeOf } from '../rows.ts';
import { elapsed } from './axis.ts';
import type { Attempt, End, OperationSpan, Outcome, Segment } from './timeline.ts';

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

function attemptText({ attempt, engineId, outcome }: Attempt): string {
  const by = engineId === undefined ? '' : ` by engine ${engineId}`;
  const timeout = outcome.kind === 'timedOut' && outcome.timeout ? ` (${outcome.timeout})` : '';
  const late = 'latenessMs' in outcome ? `, ${lateBy(outcome.latenessMs ?? 0)} late` : '';
  const reason = 'reason' in outcome && outcome.reason ? `: ${outcome.reason}` : '';
  return `attempt ${attempt}${by} ${OUTCOMES[outcome.kind]}${timeout}${late}${reason}`;
}

/** A segment in words, with text of others in it: `attempt 2 by engine b failed: no quota, 3s`. */
export function segmentText(segment: Segment): string {
  const lasted = `${segment.cutOff ? 'at least ' : ''}${elapsed(segment.until - segment.from)}`;
  switch (segment.kind) {
    case 'delayed':
      return `delayed, ${lasted}`;
    case 'queued':
      return `attempt ${segment.attempt} waits for an engine, ${lasted}`;
    case 'backoff':
      return `waits after attempt ${segment.attempt} for the next, ${lasted}`;
    case 'attempt':
      return `${attemptText(segment)}, ${lasted}`;
  }
}

/** An end in words: `Timed out (TIMEOUT, 0.7s late)`. */
export function endText({ reason, cause, timeout, latenessMs }: End): string {
  const details = [
    causeOf({ ...(cause && { cause }), ...(timeout && { timeout }) }),
    latenessMs === undefined ? '' : `${lateBy(latenessMs)} late`,
  ].filter(Boolean);
  return [reason, details.length > 0 && `(${details.join(', ')})`].filter(Boolean).join(' ');
}

/** `CREATE_FAILED`. */
export const statusOf = ({ action, end }: OperationSpan): string =>
  [action, end?.status ?? 'IN_PROGRESS'].filter(Boolean).join('_');
