/**
 * What the use cases need of the table. An outcome that the protocol expects (a lost conditional
 * write) is a value; a method throws only when the infrastructure fails. The adapters in
 * `adapters/dynamodb/` and the tests' memory table pass the same suites (`test/ports`).
 */
import type { HistoryEntry, RequestOf } from '../../contract/index.ts';
import type { Child } from '../domain/consequences.ts';
import type { Health } from '../domain/health.ts';
import type { KeptEntry } from '../domain/history.ts';
import type {
  Payload,
  ResourceActionEnded,
  ResourceActionRow,
  ResourceActionWithStack,
} from '../domain/resource-action/state.ts';
import type { StackRow } from '../domain/stack/state.ts';
import type { Instant } from '../domain/time.ts';

/** What identifies one state of a row. */
export type SeenRow = Pick<StackRow | ResourceActionRow, 'version' | 'operationId'>;

export type SaveResult =
  | { readonly saved: true }
  /** Another write came first: the row as it is now. */
  | { readonly saved: false; readonly current: StackRow | undefined };

/** The stack rows. */
export interface StackStore {
  /** The row, read consistently; undefined if there is none. */
  load(stackId: string): Promise<StackRow | undefined>;
  /** The rows that exist, read consistently, in no order. */
  loadMany(stackIds: readonly string[]): Promise<StackRow[]>;
  /**
   * Saves the row if the stored one is still the one seen (undefined: if there is none). The
   * version alone would not tell: it starts anew when a row has expired and was deleted in between.
   */
  save(row: StackRow, seen: SeenRow | undefined): Promise<SaveResult>;
}

/** What of a resource action is kept beside its row, as JSON. */
interface Payloads {
  readonly input?: string;
  readonly output?: string;
}

export type HeartbeatResult =
  /** The row as it is now. */
  | { readonly recorded: true; readonly row: ResourceActionRow }
  /**
   * It is not this claim's row, or wants no heartbeats, or a later one was recorded before: the row
   * as it is.
   */
  | { readonly recorded: false; readonly row: ResourceActionRow | undefined };

/** The rows of resource actions. */
export interface ResourceActionStore {
  /** The row, read consistently; undefined if there is none. */
  load(stackId: string, resource: string): Promise<ResourceActionRow | undefined>;
  /** The row with that of its stack, both read consistently, though not at the same moment. */
  loadWithStack(stackId: string, resource: string): Promise<ResourceActionWithStack>;
  /**
   * Saves the row, and what belongs to it, both or neither, if the stored row is still the one
   * seen.
   * @returns whether it was; if not, another write came first.
   */
  save(row: ResourceActionRow, seen: SeenRow | undefined, payload?: Payload): Promise<boolean>;
  /**
   * Moves the heartbeatDeadline to one interval from now, but never back, and raises the version,
   * if the claim is the row's. One write without a read.
   */
  heartbeat(claim: RequestOf<'Heartbeat'>, now: Instant): Promise<HeartbeatResult>;
  /**
   * One page of an operation's rows, read consistently, by name. `after` is the `next` of the page
   * before.
   */
  list(
    operation: { readonly stackId: string; readonly operationId: string },
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly rows: readonly ResourceActionRow[]; readonly next?: string }>;
  /** The input of a row, and the output of the last attempt that had one. */
  payloads(row: ResourceActionRow): Promise<Payloads>;
  /**
   * Lets the stored row expire at the row's expiresAt, if it is of the same operation, has ended,
   * and would expire later. The version stays: no other write loses a race against this one.
   */
  expire(row: ResourceActionEnded): Promise<void>;
  /** Lets the input and the output of a row's operation expire. */
  expirePayloads(row: ResourceActionRow, expiresAt: Instant): Promise<void>;
  /** Lets an input and an output expire that belong to another operation than the stored row. */
  expireReplacedPayloads(
    of: Pick<ResourceActionRow, 'stackId' | 'resource'>,
    expiresAt: Instant,
  ): Promise<void>;
}

/** Which children an operation has. */
export interface ChildStore {
  /**
   * Adds a child, or lets one that is there expire later, never earlier. It expires by itself, since
   * its removal may be lost or come before it: when the table is restored, or a call takes effect
   * after it was given up.
   */
  add(child: Child, expiresAt: Instant): Promise<void>;
  remove(child: Child): Promise<void>;
  /** All children of a parent's operation, read consistently, page by page. */
  list(operation: {
    readonly stackId: string;
    readonly operationId: string;
  }): AsyncIterable<readonly Child[]>;
}

/** Which entries of a stack are asked for: all, or those of an operation, of a resource, of both. */
export interface HistoryFilter {
  readonly stackId: string;
  readonly operationId?: string | undefined;
  readonly resource?: string | undefined;
}

interface HistoryPage {
  /** Newest first; of the same moment, by version. */
  readonly entries: readonly HistoryEntry[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** What happened to the stacks, beside their rows. */
export interface HistoryStore {
  /**
   * Writes all entries, or throws: then any of them may have been written. An entry that is there
   * already is replaced by the same.
   */
  add(entries: readonly KeptEntry[]): Promise<void>;
  /**
   * One page of what has not expired. `after` is the `next` of the page before. Reads a bounded
   * number of entries: a page of a filter may hold fewer than `limit`, even none, and not be the
   * last. Eventually consistent.
   */
  list(
    filter: HistoryFilter,
    page: { readonly limit: number; readonly now: Instant; readonly after?: string },
  ): Promise<HistoryPage>;
}

/** What is known of the canary. Read consistently. */
export interface HealthStore {
  load(): Promise<Health>;
  /** Replaces what is given, and leaves the rest. */
  record(health: Health): Promise<void>;
}

export interface TimerEntry {
  readonly stackId: string;
  /** Of a resource action's timer. */
  readonly resource?: string;
  /** In a shard of ended stacks: when the stack ended. */
  readonly dueAt: Instant;
}

export interface TimerQuery {
  readonly limit: number;
  /** The last entry of the page before, of the same query. */
  readonly after?: TimerEntry;
  readonly dueFrom?: Instant;
  readonly dueBefore?: Instant;
  /**
   * Latest first.
   * @default false: soonest first
   */
  readonly latestFirst?: boolean;
}

interface TimerPage {
  /** In the order asked for; those of the same moment in an order of the table's own. */
  readonly entries: readonly TimerEntry[];
  /** Whether there may be entries after the last of these. */
  readonly more: boolean;
}

/**
 * The index of running timers, and of ended stacks. Eventually consistent: what it names is to be
 * loaded before anything is decided.
 */
export interface TimerIndex {
  list(shard: string, query: TimerQuery): Promise<TimerPage>;
}

/** The right to sweep, held by one at a time; with it goes what the sweep before could not do. */
export interface SweepLease {
  /**
   * @returns the stacks whose rows failed in the sweep before, at most 500; undefined while another
   * holder's lease runs.
   */
  acquire(holder: string, now: Instant, until: Instant): Promise<readonly string[] | undefined>;
  /** Gives the lease back; does nothing if it is no longer the holder's. */
  release(holder: string, failedStackIds: readonly string[]): Promise<void>;
}
