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
  readonly action: HistoryEntry['action'];
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
export type Delayed = Period & { readonly kind: 'delayed' };
/** Waits for an engine. `attempt`: the one that an engine is to begin. */
export type Queued = Period & { readonly kind: 'queued'; readonly attempt: number };
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
export type Backoff = Period & {
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
      /** Absent in the entries of a service that did not tell. */
      readonly timeout?: Timeout;
      readonly latenessMs?: number;
    }
  | { readonly kind: 'engineLost'; readonly reason: string; readonly latenessMs?: number }
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
  _entries: readonly HistoryEntry[],
  _options: TimelineOptions,
): Timeline | undefined {
  return undefined;
}
