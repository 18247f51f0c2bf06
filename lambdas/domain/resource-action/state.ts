/**
 * The row of a resource action: a piece of work under an operation, run by an engine in attempts.
 * An impossible state cannot be written: only one that is RUNNING has a claim, only one that is DELAYED a queueAt, only
 * one in BACKOFF a retryAt, only one IN_PROGRESS a timer, only an ended one an end.
 */

import type {
  Action,
  ReportableStatus,
  ResourceAction,
  ResourceActionCause,
  Timeout,
} from '../../../contract/index.ts';
import type { DecisionContext } from '../row.ts';
import type { StackRow } from '../stack/state.ts';
import { type Instant, type Milliseconds, toIso, wholeSecond, YEAR } from '../time.ts';
import type { Timer } from '../timer.ts';
import type { RetryPolicy } from './retry.ts';

/** The name of the transition that made a version of a row. Stream filters and event ids depend on these names. */
export type ResourceActionTransition =
  | 'DISPATCH'
  /** Its delay is over. */
  | 'QUEUE'
  | 'CLAIM'
  | 'HEARTBEAT'
  | 'COMPLETE'
  | 'RELEASE'
  | 'OFFER'
  | 'RETRY'
  | 'REARM'
  | 'GRANT'
  | 'TIMEOUT'
  | 'ENGINE_LOST'
  | 'NO_ENGINE'
  /** With its operation. */
  | 'CANCEL'
  /** By request: its operation goes on. */
  | 'CANCEL_RESOURCE'
  /** Its operation has ended after it: from now on it expires. The one change that makes no new version. */
  | 'EXPIRE';

/** What was asked for. */
interface DispatchedFields {
  readonly stackId: string;
  readonly operationId: string;
  readonly resource: string;
  readonly resourceType?: string;
  readonly action: Action;
  /** A hash of the whole request: tells its repetition from another request. */
  readonly fingerprint: string;
  readonly startToClose: Milliseconds;
  readonly scheduleToStart?: Milliseconds;
  readonly heartbeat?: Milliseconds;
  readonly retry: RetryPolicy;
  readonly onFailure: 'FAIL_OPERATION' | 'CONTINUE';
  /** Whether there is an input, which is an item of its own. */
  readonly hasInput: boolean;
  /** When all attempts together are out of time. */
  readonly finalDeadline?: Instant;
}

/** What an engine said last about a claim of its own: its repetition is answered, anything else about it is refused. */
export interface Report {
  readonly attempt: number;
  readonly claimId: string;
  /** RELEASED: only in rows of versions that did not know `releasedClaims`. */
  readonly outcome: ReportableStatus | 'RELEASED';
}

/** How an attempt failed. */
interface Failure {
  readonly attempt: number;
  readonly engineId: string;
  readonly cause: AttemptCause;
  /** The first 200 characters of it. */
  readonly reason: string;
  readonly at: Instant;
}

interface Bookkeeping {
  readonly version: number;
  readonly change: ResourceActionTransition;
  /** Counts from 1; raised when the work is offered again after a failure. */
  readonly attempt: number;
  readonly statusReason: string;
  /** Of the last attempt that another one was to follow: whatever ends the resource action does not hide it. */
  readonly lastFailure?: Failure;
  readonly lastReport?: Report;
  /**
   * Short hashes of the claims of this attempt that were released, newest first: a late copy of one
   * takes nothing, and its repeated release is answered.
   */
  readonly releasedClaims?: readonly string[];
  /** The attempt that the output, an item of its own, came from. */
  readonly outputAttempt?: number;
}

type Live = DispatchedFields &
  Bookkeeping & {
    readonly status: 'IN_PROGRESS';
    readonly timer: Timer;
    /** Since when the attempt is in its phase. Rows of earlier versions lack it. */
    readonly phaseStartedAt?: Instant;
  };

/** The timeout that an attempt or a resource action ended by. Rows of earlier versions lack it. */
export interface MissedTimeout {
  readonly timeout: Timeout;
  /** Of HEARTBEAT: the one that was waited for last, after all that was granted. */
  readonly deadline: Instant;
}

/** Waits for its delay: it is queued at queueAt, never before. */
export type ResourceActionDelayed = Live & { readonly phase: 'DELAYED'; readonly queueAt: Instant };

/** Waits for an engine. Offered again (published again) at offerAt, since the message may be lost. */
export type ResourceActionQueued = Live & {
  readonly phase: 'QUEUED';
  /** How often it was offered in this phase. */
  readonly offers: number;
  readonly offerAt: Instant;
  readonly startDeadline?: Instant;
  /** Why the attempt before failed. */
  readonly cause?: AttemptCause;
  readonly missed?: MissedTimeout;
};

/** Claimed by an engine. */
export type ResourceActionRunning = Live & {
  readonly phase: 'RUNNING';
  readonly engineId: string;
  readonly claimId: string;
  readonly attemptDeadline: Instant;
  readonly heartbeatDeadline?: Instant;
  readonly suspicion?: Suspicion;
};

/** A heartbeat is missing, and is waited for longer. The next one that is recorded takes this away. */
interface Suspicion {
  /** When the last heartbeat was recorded; at first, when the attempt was claimed. */
  readonly lastHeartbeat: Instant;
  /** When the row was written since then, while heartbeats could be recorded: the engine could be heard from here on. */
  readonly provenAt?: Instant;
}

/** An attempt has failed; the next one begins at retryAt. */
export type ResourceActionBackoff = Live & {
  readonly phase: 'BACKOFF';
  readonly retryAt: Instant;
  readonly cause: AttemptCause;
  readonly missed?: MissedTimeout;
};

/** Why an attempt failed. */
export type AttemptCause = Extract<ResourceActionCause, 'TIMEOUT' | 'REPORTED' | 'ENGINE_LOST'>;

export type ResourceActionInProgress =
  | ResourceActionDelayed
  | ResourceActionQueued
  | ResourceActionRunning
  | ResourceActionBackoff;

export type ResourceActionEnd =
  | { readonly status: 'COMPLETE'; readonly cause: 'REPORTED' }
  | { readonly status: 'FAILED'; readonly cause: ResourceActionCause };

export type ResourceActionEnded = DispatchedFields &
  Bookkeeping &
  ResourceActionEnd & {
    readonly endedAt: Instant;
    /** From here on the row counts as absent. A whole second. */
    readonly expiresAt: Instant;
    /** The generation of the last timer; a later dispatch continues from it. */
    readonly lastGeneration: number;
    readonly missed?: MissedTimeout;
    /** Who had the last attempt. */
    readonly engineId?: string;
  };

export type ResourceActionRow = ResourceActionInProgress | ResourceActionEnded;

export const isRunning = (row: ResourceActionRow): row is ResourceActionRunning =>
  row.status === 'IN_PROGRESS' && row.phase === 'RUNNING';

/** A row before its timer is set: what a transition makes. */
export type Untimed<R> = R extends ResourceActionInProgress ? Omit<R, 'timer'> : never;

/** The moments at which something is to happen to a row, by what they are. */
function deadlinesOf(row: Untimed<ResourceActionInProgress> | ResourceActionInProgress): Instant[] {
  const own = (() => {
    switch (row.phase) {
      case 'DELAYED':
        return [row.queueAt];
      case 'QUEUED':
        return [row.offerAt, row.startDeadline];
      case 'RUNNING':
        return [row.attemptDeadline, row.heartbeatDeadline];
      case 'BACKOFF':
        return [row.retryAt];
    }
  })();
  return [...own, row.finalDeadline].filter((deadline) => deadline !== undefined);
}

export const dueOf = (row: Untimed<ResourceActionInProgress> | ResourceActionInProgress): Instant =>
  Math.min(...deadlinesOf(row));

/** The row with a timer that is set anew: for whoever has used up the wake-up of the old one. */
export function withNewTimer<R extends ResourceActionInProgress>(
  row: Untimed<R>,
  generation: number,
  now: Instant,
): R {
  const timer = { generation: generation + 1, dueAt: dueOf(row), setAt: now };
  return { ...row, timer } as unknown as R;
}

/**
 * The row with its timer left alone if that comes in time all the same: it notices when it comes due, and most work is
 * done by then. So a claim and its completion cost no scheduler call.
 */
export function withTimer<R extends ResourceActionInProgress>(
  row: Untimed<R>,
  timer: Timer,
  now: Instant,
): R {
  const inTime = timer.dueAt > now && timer.dueAt <= dueOf(row);
  return inTime ? ({ ...row, timer } as unknown as R) : withNewTimer<R>(row, timer.generation, now);
}

const CARRIED_OVER = [
  'stackId',
  'operationId',
  'resource',
  'resourceType',
  'action',
  'fingerprint',
  'startToClose',
  'scheduleToStart',
  'heartbeat',
  'retry',
  'onFailure',
  'hasInput',
  'finalDeadline',
  'attempt',
  'lastFailure',
  'lastReport',
  'releasedClaims',
  'outputAttempt',
] as const satisfies readonly (keyof DispatchedFields | keyof Bookkeeping)[];

/** What stays the same from phase to phase, under the next version. */
function carriedOver(
  row: ResourceActionRow,
): Omit<DispatchedFields & Bookkeeping, 'change' | 'statusReason'> {
  const kept = CARRIED_OVER.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]);
  return { ...Object.fromEntries(kept), version: row.version + 1 };
}

/** When a row was written last, heartbeats aside; of rows of earlier versions, at the earliest. */
export const writtenAt = (row: ResourceActionRow): Instant =>
  row.status === 'IN_PROGRESS' ? Math.max(row.phaseStartedAt ?? 0, row.timer.setAt) : row.endedAt;

/**
 * What stays the same when another phase begins, and when that is: not before the last write, whose
 * writer's clock may be ahead.
 */
export const inNextPhase = (row: ResourceActionInProgress, now: Instant) => ({
  ...carriedOver(row),
  phaseStartedAt: Math.max(now, writtenAt(row)),
});

/**
 * How long a row is kept for its operation, as a net: should the operation's end never be carried to it. Far, since an
 * operation can be extended again and again; and farther than any retention time, so that the two can be told apart.
 */
const SAFETY_NET = 20 * YEAR;

/** Whether a row waits for the end of its operation to expire. Its input and output do so without a net. */
export const isKeptForOperation = ({ endedAt, expiresAt }: ResourceActionEnded): boolean =>
  expiresAt - endedAt > SAFETY_NET;

/**
 * Ends a resource action; the timer goes. The retention time counts from the end of its operation: that has come only
 * if it is why the resource action ends (CANCEL). Else the row is kept till then, so that its work is not done again.
 */
export function resourceActionEnded(
  row: ResourceActionInProgress,
  end: ResourceActionEnd & Pick<ResourceActionEnded, 'statusReason' | 'change' | 'missed'>,
  { now, retention }: DecisionContext,
): ResourceActionEnded {
  return {
    ...carriedOver(row),
    ...end,
    ...(row.phase === 'RUNNING' && { engineId: row.engineId }),
    endedAt: now,
    expiresAt: wholeSecond(now + retention + (end.change === 'CANCEL' ? 0 : SAFETY_NET)),
    lastGeneration: row.timer.generation,
  };
}

/** Whether the stored output is shown: it is that of the row's attempt, not of an earlier one. */
export const showsOutput = ({ attempt, outputAttempt }: ResourceActionRow): boolean =>
  outputAttempt === attempt;

const iso = <K extends string>(name: K, instant: Instant | undefined) =>
  instant === undefined ? {} : ({ [name]: toIso(instant) } as Record<K, string>);

/**
 * When the engine of an attempt was last heard, if it is to send heartbeats: at its last one, or
 * when it claimed the attempt.
 */
export function lastHeartbeatOf({
  heartbeatDeadline,
  heartbeat = 0,
  suspicion,
}: ResourceActionRunning): Instant | undefined {
  if (heartbeatDeadline === undefined) return undefined;
  return suspicion?.lastHeartbeat ?? heartbeatDeadline - heartbeat;
}

/** An attempt, and the engine that has or had it, if one claimed it. */
export interface Attempt {
  readonly attempt: number;
  readonly engineId?: string;
}

/**
 * The attempt that a write of a row is about: of one that failed, not of the one that follows.
 *
 * @param before the row that was written over; undefined if it began with the write.
 */
export function attemptOf(before: ResourceActionRow | undefined, after: ResourceActionRow): Attempt {
  const ran = before && isRunning(before) ? before : after;
  const { attempt } = ran;
  return { attempt, ...('engineId' in ran && ran.engineId !== undefined && { engineId: ran.engineId }) };
}

/** Which timeout an attempt or the resource action ended by, and how late that was written. */
function missedTimeoutOf(row: ResourceActionRow): { timeout?: Timeout; latenessMs?: Milliseconds } {
  if (!('missed' in row) || row.missed === undefined) return {};
  const { timeout, deadline } = row.missed;
  const endedAt = row.status === 'IN_PROGRESS' ? row.lastFailure?.at : row.endedAt;
  return { timeout, ...(endedAt !== undefined && { latenessMs: endedAt - deadline }) };
}

/** What answers and events show of a row. */
export function toResourceAction(row: ResourceActionRow): ResourceAction {
  const ended = row.status !== 'IN_PROGRESS';
  return {
    stackId: row.stackId,
    operationId: row.operationId,
    resource: row.resource,
    ...(row.resourceType !== undefined && { resourceType: row.resourceType }),
    action: row.action,
    status: row.status,
    ...(!ended && { phase: row.phase }),
    ...(!ended && iso('phaseStartedAt', row.phaseStartedAt)),
    attempt: row.attempt,
    maxAttempts: row.retry.maxAttempts,
    ...('engineId' in row && row.engineId !== undefined && { engineId: row.engineId }),
    statusReason: row.statusReason,
    ...('cause' in row && row.cause !== undefined && { cause: row.cause }),
    ...missedTimeoutOf(row),
    ...(!ended && row.phase === 'DELAYED' && iso('queueAt', row.queueAt)),
    ...(row.lastFailure !== undefined && {
      lastFailure: { ...row.lastFailure, at: toIso(row.lastFailure.at) },
    }),
    ...(!ended && row.phase === 'QUEUED' && iso('startDeadline', row.startDeadline)),
    ...(!ended && row.phase === 'RUNNING' && iso('attemptDeadline', row.attemptDeadline)),
    ...(!ended && row.phase === 'RUNNING' && iso('heartbeatDeadline', row.heartbeatDeadline)),
    ...(!ended && row.phase === 'RUNNING' && iso('lastHeartbeatAt', lastHeartbeatOf(row))),
    ...(!ended && iso('finalDeadline', row.finalDeadline)),
    ...(!ended && row.phase === 'BACKOFF' && iso('retryAt', row.retryAt)),
    ...(ended && iso('endedAt', row.endedAt)),
    version: row.version,
  };
}

/** What is saved beside the row, as JSON. */
export interface Payload {
  readonly kind: 'input' | 'output';
  readonly json: string;
}

export interface ResourceActionWithStack {
  readonly stack: StackRow | undefined;
  readonly resource: ResourceActionRow | undefined;
}
