/**
 * The timeline of an operation as data, from the entries of its history. Pure: the terminal, the
 * SVG and the board draw it.
 */
import type { HistoryEntry, ResourceAction, Stack, Timeout } from '../../contract/index.ts';

/** Milliseconds since 1970. */
export type Instant = number;

export interface Timeline {
  readonly operation: OperationSpan;
  /** One for each resource action, in order of first appearance. */
  readonly lanes: readonly Lane[];
  /** The engines of the attempts, in order of first appearance. */
  readonly engines: readonly string[];
  /** The period to draw: from the start, or the earliest entry, to the end, or now. */
  readonly from: Instant;
  readonly until: Instant;
  /** False if entries are missing before the earliest: not read, or their retention time is over. */
  readonly complete: boolean;
}

export interface OperationSpan {
  readonly stackId: string;
  readonly operationId: string;
  /** Undefined if no entry of the operation itself is known. */
  readonly action?: HistoryEntry['action'];
  /** Undefined if the entries do not reach back to the start. */
  readonly startedAt?: Instant;
  /** The last one known. */
  readonly deadline?: Instant;
  /** Undefined while it is in progress. */
  readonly end?: End;
}

/** How an operation or a resource action ended. */
export interface End {
  readonly at: Instant;
  readonly status: 'COMPLETE' | 'FAILED';
  readonly cause?: NonNullable<HistoryEntry['cause']>;
  /** The statusReason. Text of others: escape it. */
  readonly reason: string;
  readonly timeout?: Timeout;
  readonly latenessMs?: number;
}

export interface Lane {
  readonly resource: string;
  readonly action: HistoryEntry['action'];
  /** In order of time. Each begins where the one before ends. */
  readonly segments: readonly Segment[];
  /** In order of time. */
  readonly marks: readonly Mark[];
  /** Undefined while it is in progress. */
  readonly end?: End;
}

interface Period {
  readonly from: Instant;
  /** What is going on reaches until now. */
  readonly until: Instant;
  /** Whether it began before `from`, at a time that no entry tells. */
  readonly cutOff: boolean;
  /** Whether it is going on. */
  readonly open: boolean;
}

/** Waits for its delay. */
type Delayed = Period & { readonly kind: 'delayed' };
/** Waits for an engine. `attempt`: the one that an engine is to begin. */
type Queued = Period & { readonly kind: 'queued'; readonly attempt: number };
/** An engine works on it. `deadline`: of the attempt. `lastHeartbeatAt`: while it is running. */
export type Attempt = Period & {
  readonly kind: 'attempt';
  readonly attempt: number;
  readonly engineId?: string;
  readonly deadline?: Instant;
  readonly lastHeartbeatAt?: Instant;
  readonly outcome: Outcome;
};
/** Waits for the next attempt. `attempt`: the one that failed. `retryAt`: while it waits. */
type Backoff = Period & {
  readonly kind: 'backoff';
  readonly attempt: number;
  readonly retryAt?: Instant;
};
export type Segment = Delayed | Queued | Attempt | Backoff;

/** What became of an attempt. `reason`: text of others, to be escaped. */
export type Outcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'completed'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'timedOut';
      readonly reason: string;
      readonly timeout?: Timeout;
      readonly latenessMs?: number;
    }
  | {
      readonly kind: 'engineLost';
      readonly reason: string;
      readonly timeout?: Timeout;
      readonly latenessMs?: number;
    }
  | { readonly kind: 'released'; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly reason: string }
  /** The entry of its end is missing. */
  | { readonly kind: 'unknown' };

/** A moment in a lane. */
export type Mark =
  /** The service declared the engine lost. */
  | {
      readonly kind: 'engineLost';
      readonly at: Instant;
      readonly attempt: number;
      readonly engineId?: string;
    }
  /** The next attempt was offered to engines. */
  | { readonly kind: 'retry'; readonly at: Instant; readonly attempt: number }
  /** Nobody had taken it: the same attempt was offered again. */
  | { readonly kind: 'offered'; readonly at: Instant; readonly attempt: number }
  /** A timeout was reached at `at`; the service wrote so `latenessMs` later. */
  | {
      readonly kind: 'deadline';
      readonly at: Instant;
      readonly timeout?: Timeout;
      readonly latenessMs: number;
    };

export interface TimelineOptions {
  readonly now: Instant;
  /** Default: the newest operation of the entries. */
  readonly operationId?: string | undefined;
  /** As GetStack answers: for the deadline, and for what is going on. Of another operation: unused. */
  readonly stack?: Stack | undefined;
  readonly resources?: readonly ResourceAction[] | undefined;
}

/**
 * @param entries of the history, in any order, of one stack; of as many operations as they are.
 * @returns undefined if neither the entries nor the stack tell of the operation.
 */
export function timelineOf(
  entries: readonly HistoryEntry[],
  { now, operationId, stack: current, resources = [] }: TimelineOptions,
): Timeline | undefined {
  const chosen = operationId ?? newestOperation(entries) ?? current?.operationId;
  const own = withoutRepetition(entries.filter((one) => one.operationId === chosen));
  const stack = current?.operationId === chosen ? current : undefined;
  const live = new Map(
    resources.filter((one) => one.operationId === chosen).map((one) => [one.resource, one]),
  );
  const operation = operationSpan(own, stack);
  if (operation === undefined) return undefined;

  const changes = changesByResource(own, live);
  const times = [...own, ...[...changes.values()].flat()].map(timeOf);
  const earliest = times.reduce((a, b) => Math.min(a, b), operation.end?.at ?? now);
  const from = Math.min(operation.startedAt ?? earliest, earliest);
  const latest = times.reduce((a, b) => Math.max(a, b), operation.end?.at ?? now);
  const span = { earliest, until: Math.max(from, latest) };
  const lanes = [...changes].map(([resource, some]) => laneOf(some, span, live.get(resource)));
  return {
    operation,
    lanes,
    engines: enginesOf(lanes),
    from,
    until: span.until,
    complete: own.some(({ transition }) => transition === 'START'),
  };
}

/** What an entry tells of a resource action; or its current state, as if it were an entry. */
type Change = Pick<
  HistoryEntry,
  | 'at'
  | 'resource'
  | 'action'
  | 'transition'
  | 'status'
  | 'phase'
  | 'engineId'
  | 'cause'
  | 'statusReason'
  | 'deadline'
  | 'timeout'
  | 'latenessMs'
> & { readonly attempt: number };

const timeOf = ({ at }: Pick<HistoryEntry, 'at'>): Instant => Date.parse(at);
const optional = (time: string | undefined): Instant | undefined =>
  time === undefined ? undefined : Date.parse(time);

/**
 * In order of time. Versions order the changes of one row, also those of the same millisecond or of
 * clocks that disagree; between rows they say nothing.
 */
function withoutRepetition(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const key = ({ resource = '', version, transition }: HistoryEntry) =>
    `${resource} ${version} ${transition}`;
  const distinct = [...new Map(entries.map((one) => [key(one), one])).values()];
  const rank = ({ resource = '' }: HistoryEntry) => resource;
  return distinct.toSorted(
    (a, b) => a.at.localeCompare(b.at) || compare(rank(a), rank(b)) || a.version - b.version,
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The operation that started last. Entries of an earlier one may be newer: what was left of it is
 * cancelled while the next is running.
 */
function newestOperation(entries: readonly HistoryEntry[]): string | undefined {
  const newest = (some: readonly HistoryEntry[]) =>
    some.reduce<HistoryEntry | undefined>(
      (a, b) => (a === undefined || a.at < b.at || (a.at === b.at && a.version < b.version) ? b : a),
      undefined,
    )?.operationId;
  const ofOperations = entries.filter(({ resource }) => resource === undefined);
  return (
    newest(ofOperations.filter(({ transition }) => transition === 'START')) ??
    newest(ofOperations) ??
    newest(entries)
  );
}

function operationSpan(own: readonly HistoryEntry[], stack: Stack | undefined): OperationSpan | undefined {
  const [first] = own;
  const known = stack ?? first;
  if (known === undefined) return undefined;
  const ofOperation = own.filter(({ resource }) => resource === undefined);
  const start = ofOperation.find(({ transition }) => transition === 'START');
  const ended = ofOperation.findLast(({ status }) => status !== 'IN_PROGRESS');
  const action = stack?.action ?? ofOperation[0]?.action;
  const startedAt = optional(stack?.startedAt ?? start?.at);
  const deadline = optional(stack?.deadline ?? ofOperation.findLast((one) => one.deadline)?.deadline);
  const end = ended ? endOf(ended) : stack && endOfStack(stack);
  return {
    stackId: known.stackId,
    operationId: known.operationId,
    ...(action && { action }),
    ...(startedAt !== undefined && { startedAt }),
    ...(deadline !== undefined && { deadline }),
    ...(end && { end }),
  };
}

function endOf(entry: Omit<Change, 'attempt'>): End | undefined {
  const { status, cause, statusReason, timeout, latenessMs } = entry;
  if (status === 'IN_PROGRESS') return undefined;
  return {
    at: timeOf(entry),
    status,
    ...(cause && { cause }),
    reason: statusReason,
    ...(timeout && { timeout }),
    ...(latenessMs !== undefined && { latenessMs }),
  };
}

function endOfStack({ status, cause, statusReason, endedAt, deadline }: Stack): End | undefined {
  if (status === 'IN_PROGRESS' || endedAt === undefined) return undefined;
  const at = Date.parse(endedAt);
  const late = cause === 'TIMEOUT' && { latenessMs: at - Date.parse(deadline) };
  return { at, status, ...(cause && { cause }), reason: statusReason, ...late };
}

/** The changes of each resource action, in order of first appearance. */
function changesByResource(
  own: readonly HistoryEntry[],
  live: ReadonlyMap<string, ResourceAction>,
): Map<string, Change[]> {
  const groups = new Map<string, Change[]>();
  for (const [resource, some] of Map.groupBy(own, ({ resource }) => resource))
    if (resource !== undefined) groups.set(resource, inOrder(some));
  for (const [resource, current] of live) {
    const known = groups.get(resource) ?? [];
    const now = currentState(current);
    const last = known.at(-1);
    if (now && (last === undefined || isAhead(now, last))) groups.set(resource, [...known, now]);
  }
  return groups;
}

/** By version; no change is earlier than the one before it. */
function inOrder(entries: readonly HistoryEntry[]): Change[] {
  const changes: Change[] = [];
  for (const entry of entries.toSorted((a, b) => a.version - b.version)) {
    const before = changes.at(-1)?.at ?? '';
    changes.push({
      ...entry,
      attempt: entry.attempt ?? 1,
      at: compare(entry.at, before) < 0 ? before : entry.at,
    });
  }
  return changes;
}

/** Undefined if the service does not tell since when it is in its phase. */
function currentState(resource: ResourceAction): Change | undefined {
  const at = resource.endedAt ?? resource.phaseStartedAt;
  if (at === undefined) return undefined;
  const { attemptDeadline: deadline, phase } = resource;
  const failedBefore = phase === 'QUEUED' && resource.cause !== undefined;
  // Of a failed attempt, an entry has the number; a resource action that is QUEUED after it, the
  // next one.
  const attempt = resource.attempt - (failedBefore ? 1 : 0);
  return {
    ...resource,
    at,
    attempt,
    transition: failedBefore ? 'FAILED' : '',
    ...(deadline && { deadline }),
  };
}

/** Entries are written a moment after the change. */
const isAhead = (now: Change, last: Change): boolean =>
  now.at > last.at &&
  last.status === 'IN_PROGRESS' &&
  (now.status !== last.status || now.phase !== last.phase || opened(now) !== opened(last));

/** The attempt that a change of phase begins, or waits for. */
const opened = (change: Change): number =>
  change.phase === 'QUEUED' && endsAttempt(change) ? change.attempt + 1 : change.attempt;

/** Whether it says how an attempt failed, and not that something else happens to the next one. */
const endsAttempt = ({ transition, cause }: Change): boolean =>
  cause !== undefined && !['QUEUE', 'OFFER', 'RETRY', 'CLAIM', 'RELEASE'].includes(transition);

/** A segment whose end is not known yet. */
type Begun<S = Segment> = S extends Segment ? Omit<S, 'until' | 'open' | 'outcome'> : never;

function laneOf(
  changes: readonly Change[],
  { earliest, until }: { earliest: Instant; until: Instant },
  live: ResourceAction | undefined,
): Lane {
  const segments: Segment[] = [];
  const marks: Mark[] = [];
  let begun: Begun | undefined;
  for (const [n, change] of changes.entries()) {
    if (n === 0) begun = begunBefore(change, earliest);
    marks.push(...marksOf(change));
    const next = beginOf(change);
    if (begun && next && isSamePhase(begun, next)) continue;
    if (begun) segments.push(ended(begun, change));
    begun = next;
  }
  if (begun) segments.push(goingOn(begun, until, live));
  const last = changes.at(-1) as Change;
  const end = endOf(last);
  return {
    resource: last.resource ?? '',
    action: last.action,
    segments,
    marks: marks.toSorted((a, b) => a.at - b.at),
    ...(end && { end }),
  };
}

/** Work that is offered again, and what a restored table tells of again, has begun before. */
function isSamePhase(one: Begun, other: Begun): boolean {
  const told = (begun: Begun) => [
    begun.kind,
    'attempt' in begun && begun.attempt,
    'engineId' in begun && begun.engineId,
  ];
  return String(told(one)) === String(told(other));
}

/** What a change begins; undefined if it is the end. */
function beginOf(change: Change): Begun | undefined {
  const period = { from: timeOf(change), cutOff: false };
  const { phase, attempt, engineId, deadline } = change;
  if (change.status !== 'IN_PROGRESS') return undefined;
  if (phase === 'DELAYED') return { kind: 'delayed', ...period };
  if (phase === 'QUEUED') return { kind: 'queued', ...period, attempt: opened(change) };
  if (phase === 'BACKOFF') return { kind: 'backoff', ...period, attempt };
  return {
    kind: 'attempt',
    ...period,
    attempt,
    ...(engineId && { engineId }),
    ...(deadline && { deadline: Date.parse(deadline) }),
  };
}

/** What the first change known of a resource action ended, as far as it tells. */
function begunBefore(change: Change, earliest: Instant): Begun | undefined {
  const period = { from: earliest, cutOff: true };
  const { transition, attempt, engineId } = change;
  switch (transition) {
    case 'QUEUE':
      return { kind: 'delayed', ...period };
    case 'CLAIM':
    case 'OFFER':
    case 'NO_ENGINE':
      return { kind: 'queued', ...period, attempt };
    case 'RETRY':
      return { kind: 'backoff', ...period, attempt: attempt - 1 };
    case 'DISPATCH':
      return undefined;
    default:
      // Only an attempt that was running has an engine; one that runs now has begun with it.
      if (engineId === undefined || change.phase === 'RUNNING') return undefined;
      return { kind: 'attempt', ...period, attempt, engineId };
  }
}

function ended(begun: Begun, change: Change): Segment {
  const period = { until: timeOf(change), open: false };
  return begun.kind === 'attempt'
    ? { ...begun, ...period, outcome: outcomeOf(begun.attempt, change) }
    : { ...begun, ...period };
}

function goingOn(begun: Begun, until: Instant, live: ResourceAction | undefined): Segment {
  const period = { until, open: true };
  const isCurrent = live !== undefined && 'attempt' in begun && begun.attempt === live.attempt;
  switch (begun.kind) {
    case 'attempt': {
      const lastHeartbeatAt = isCurrent ? optional(live.lastHeartbeatAt) : undefined;
      const heard = lastHeartbeatAt !== undefined && { lastHeartbeatAt };
      return { ...begun, ...period, ...heard, outcome: { kind: 'running' } };
    }
    case 'backoff': {
      const retryAt = isCurrent ? optional(live.retryAt) : undefined;
      return { ...begun, ...period, ...(retryAt !== undefined && { retryAt }) };
    }
    default:
      return { ...begun, ...period };
  }
}

function outcomeOf(attempt: number, change: Change): Outcome {
  const { status, transition, cause, statusReason: reason, timeout, latenessMs } = change;
  if (change.attempt !== attempt) return { kind: 'unknown' };
  if (transition === 'RELEASE') return { kind: 'released', reason };
  // Absent in the entries of a service that did not tell.
  const reached = { ...(timeout && { timeout }), ...(latenessMs !== undefined && { latenessMs }) };
  switch (endsAttempt(change) ? cause : undefined) {
    case 'REPORTED':
      return { kind: status === 'COMPLETE' ? 'completed' : 'failed', reason };
    case 'TIMEOUT':
      return { kind: 'timedOut', reason, ...reached };
    case 'ENGINE_LOST':
      return { kind: 'engineLost', reason, ...reached };
    case 'CANCELLED':
      return { kind: 'cancelled', reason };
    default:
      return { kind: 'unknown' };
  }
}

function marksOf(change: Change): Mark[] {
  const { transition, cause, attempt, engineId, timeout, latenessMs, phase } = change;
  const at = timeOf(change);
  const marks: Mark[] = [];
  if (latenessMs !== undefined && endsAttempt(change))
    marks.push({ kind: 'deadline', at: at - latenessMs, ...(timeout && { timeout }), latenessMs });
  if (cause === 'ENGINE_LOST' && endsAttempt(change))
    marks.push({ kind: 'engineLost', at, attempt, ...(engineId && { engineId }) });
  if (transition === 'OFFER') marks.push({ kind: 'offered', at, attempt });
  if (transition === 'RETRY' || (phase === 'QUEUED' && endsAttempt(change)))
    marks.push({ kind: 'retry', at, attempt: opened(change) });
  return marks;
}

function enginesOf(lanes: readonly Lane[]): string[] {
  const attempts = lanes.flatMap(({ segments }) => segments.filter((one) => one.kind === 'attempt'));
  return [...new Set(attempts.toSorted((a, b) => a.from - b.from).flatMap(({ engineId }) => engineId ?? []))];
}
