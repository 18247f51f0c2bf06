/** What the server of the board tells the browser, as JSON. Text of others is in it as it is. */
import type { HistoryEntry, ResourceAction, Stack } from '../../contract/index.ts';
import type { Source } from '../redrive/report.ts';

/** The resource actions of a stack's operation, counted. */
export interface WorkCounts {
  readonly total: number;
  /** Whether there are more than those that were counted. */
  readonly more: boolean;
  readonly delayed: number;
  readonly queued: number;
  readonly running: number;
  readonly backoff: number;
  readonly complete: number;
  /** Without those that were cancelled. */
  readonly failed: number;
  readonly cancelled: number;
}

/** A stack in a list. `work` is absent until it was read. */
export type StackLine = Omit<Stack, 'metadata' | 'version'> & { readonly work?: WorkCounts };

export interface Page<T> {
  readonly items: readonly T[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  /** Of all pages. */
  readonly count: number;
}

/** Something that may not be readable with the operator's permissions. */
export type Check<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'reading' }
  | { readonly state: 'notPermitted' | 'unknown'; readonly message: string };

export interface AlarmLine {
  readonly name: string;
  readonly description: string;
  readonly since?: string;
}

export interface HealthView {
  readonly deadLetters: Readonly<Record<Source, Check<number>>>;
  /** Those that are on. */
  readonly alarms: Check<readonly AlarmLine[]>;
  /** When the last sweep completed, to the minute; null: none in the last minutes. */
  readonly lastSweep: Check<string | null>;
  readonly canary: Check<{ readonly succeededAt?: string; readonly failedAt?: string }>;
  /** The messages on the work queue that no engine has taken. */
  readonly workQueue: Check<number>;
  /** CloudWatch's dashboard. */
  readonly dashboard: Check<string>;
}

/** What the browser may not do, and why. */
export interface Denied {
  /** To cancel and extend. */
  readonly operations?: string;
  readonly redrive?: string;
}

/** The service did not answer: what is shown is older. */
export interface Failure {
  readonly message: string;
  readonly since: string;
}

interface Common {
  readonly denied: Denied;
  readonly failure?: Failure;
}

export interface Overview extends Common {
  /** Whether all stacks in progress were read once. */
  readonly complete: boolean;
  readonly numbers: {
    readonly inProgress: number;
    readonly dueWithinHour: number;
    readonly overdue: number;
    /** In the last 24 hours, those that timed out included. */
    readonly failed: number;
    readonly timedOut: number;
    /** Whether more than these have failed. */
    readonly moreFailed: boolean;
  };
  /** Counted from those stacks in progress whose work was read, some of them minutes ago. */
  readonly work: {
    readonly stacks: number;
    readonly waiting: number;
    readonly running: number;
    readonly engines: readonly string[];
  };
  /** How many deadlines are in each minute of the next hour, from this minute on. */
  readonly hour: { readonly from: string; readonly counts: readonly number[] };
  readonly inProgress: Page<StackLine>;
  readonly failed: Page<StackLine>;
  readonly health: HealthView;
}

export interface StackView extends Common {
  readonly stack: Stack;
  readonly resources: readonly ResourceAction[];
  readonly moreResources: boolean;
  readonly operationId: string;
  /** Of the operation, newest first. */
  readonly history: readonly HistoryEntry[];
  readonly moreHistory: boolean;
  /** Why the history could not be read. */
  readonly historyFailure?: string;
}

/** An operation of a stack, as its history tells it. */
export interface OperationLine {
  readonly operationId: string;
  readonly action?: HistoryEntry['action'];
  readonly status?: HistoryEntry['status'];
  readonly cause?: HistoryEntry['cause'];
  readonly reason?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export interface OperationsView {
  readonly operations: readonly OperationLine[];
  readonly nextToken?: string;
}

/** The body of every answer that is no success. */
export interface ErrorView {
  readonly code: string;
  readonly message: string;
}

/** Which stacks in progress are shown. */
export const SHOWS = ['all', 'hour', 'overdue'] as const;
export type Show = (typeof SHOWS)[number];

/** The header that carries the token. */
export const TOKEN_HEADER = 'X-Board-Token';
