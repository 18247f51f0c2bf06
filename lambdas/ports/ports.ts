/**
 * What the use cases need of the world, named for the need. One adapter each in `adapters/`; the tests' memory
 * adapters pass the same contract suites. A method throws only when the infrastructure fails: an outcome that the
 * protocol expects (a lost conditional write, a name already taken, a throttled call) is a value.
 */
import type {
  CommandName,
  ErrorCode,
  OperationStatusChange,
  RequestOf,
  ResourceCause,
  ResourceStatusChange,
  WakeUp,
} from '../../contract/index.ts';
import type { Child } from '../domain/consequences.ts';
import type { Health } from '../domain/health.ts';
import type { Payload, ResourceRows } from '../domain/resource-action/commands.ts';
import type { ResourceEnded, ResourceRow } from '../domain/resource-action/state.ts';
import type { StackRow } from '../domain/stack/state.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import type { ArmPlan, RowTimer } from '../domain/timer.ts';

export interface Clock {
  now(): Instant;
}

/** What identifies one state of a row. */
export type SeenRow = Pick<StackRow | ResourceRow, 'version' | 'operationId'>;

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
   * Saves the row if the stored one is still the one seen (undefined: if there is none). The version alone would not
   * tell: it starts anew when a row has expired and was deleted in between.
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
  | { readonly recorded: true; readonly row: ResourceRow }
  /** It is not this claim's row, or wants no heartbeats, or a later one was recorded before: the row as it is. */
  | { readonly recorded: false; readonly row: ResourceRow | undefined };

/** The rows of resource actions. */
export interface ResourceStore {
  /** The row, read consistently; undefined if there is none. */
  load(stackId: string, resource: string): Promise<ResourceRow | undefined>;
  /** The row with that of its stack, both read consistently, though not at the same moment. */
  loadWithStack(stackId: string, resource: string): Promise<ResourceRows>;
  /**
   * Saves the row, and what belongs to it, both or neither, if the stored row is still the one seen.
   * @returns whether it was; if not, another write came first.
   */
  save(row: ResourceRow, seen: SeenRow | undefined, payload?: Payload): Promise<boolean>;
  /**
   * Moves the heartbeatDeadline to one interval from now, but never back, and raises the version, if the claim is the
   * row's. One write without a read.
   */
  heartbeat(claim: RequestOf<'Heartbeat'>, now: Instant): Promise<HeartbeatResult>;
  /** One page of an operation's rows, read consistently, by name. `after` is the `next` of the page before. */
  list(
    operation: { readonly stackId: string; readonly operationId: string },
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly rows: readonly ResourceRow[]; readonly next?: string }>;
  /** The input of a row, and the output of its last attempt that had one. */
  payloads(row: ResourceRow): Promise<Payloads>;
  /**
   * Lets the stored row expire at the row's expiresAt, if it is of the same operation, has ended, and would expire later.
   * The version stays: no other write loses a race against this one.
   */
  expire(row: ResourceEnded): Promise<void>;
  /** Lets the input and the output of a row's operation expire. */
  expirePayloads(row: ResourceRow, expiresAt: Instant): Promise<void>;
}

/** Which children an operation has. */
export interface ChildStore {
  add(child: Child): Promise<void>;
  remove(child: Child): Promise<void>;
  /** All children of a parent's operation, read consistently, page by page. */
  list(operation: {
    readonly stackId: string;
    readonly operationId: string;
  }): AsyncIterable<readonly Child[]>;
}

/** Asks the command function to make a write as a heartbeat makes it. */
export interface Canary {
  /** False if it could not, or did not answer in time. */
  probe(): Promise<boolean>;
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
  readonly dueAt: Instant;
}

interface TimerPage {
  /** Soonest first. */
  readonly entries: readonly TimerEntry[];
  /** Whether there may be entries after the last of these. */
  readonly more: boolean;
}

/** The index of running timers. Eventually consistent: what it names is to be loaded before anything is decided. */
export interface TimerIndex {
  list(
    shard: string,
    query: { readonly limit: number; readonly after?: TimerEntry; readonly dueBefore?: Instant },
  ): Promise<TimerPage>;
}

/** The right to sweep, held by one at a time. */
export interface SweepLease {
  /** False while another holder's lease runs. */
  acquire(holder: string, now: Instant, until: Instant): Promise<boolean>;
  /** Gives the lease back; does nothing if it is no longer the holder's. */
  release(holder: string): Promise<void>;
}

export interface DelayedWakeUp {
  readonly wakeUp: WakeUp;
  /** 0 to 900. */
  readonly delaySeconds: number;
}

/** The queue of delayed wake-ups. */
export interface TimerQueue {
  /** Sends all; the answer holds those that the queue did not take. */
  send(messages: readonly DelayedWakeUp[]): Promise<readonly DelayedWakeUp[]>;
}

export interface Schedule {
  readonly name: string;
  /** A whole second. */
  readonly at: Instant;
  readonly wakeUp: WakeUp;
}

/** One-shot schedules that put a wake-up on the timer queue. */
export interface Schedules {
  /**
   * A name already taken counts as created: the name says everything about the schedule. `unavailable`: the service
   * throttled the call, is at its quota or is down, after the client's retries; the sweep covers the timer.
   */
  create(schedule: Schedule): Promise<'created' | 'unavailable'>;
  /** A schedule that does not exist counts as deleted. */
  delete(name: string): Promise<'deleted' | 'unavailable'>;
}

/** Where status changes are published. */
export interface EventBus {
  /** Publishes all, or throws: then any of them may have been published. */
  publish(events: readonly (OperationStatusChange | ResourceStatusChange)[]): Promise<void>;
}

/** What an observation is about: in every log line, as far as it is known. */
interface Subject {
  readonly stackId: string;
  readonly operationId?: string;
  readonly resource?: string;
  readonly attempt?: number;
  readonly generation?: number;
}

/** What a look at a row came to; of resource actions all of them, of stacks the first four. */
export type WakeUpOutcome =
  | 'fired'
  | 'stale'
  | 'early'
  | 'rearmed'
  | 'offered'
  | 'retried'
  | 'granted'
  | 'cancelled';

/** What a use case saw and did: one log line each, and its metrics. The one list of both. */
export type Observation =
  /** A request was answered with `ok`. `written`: whether it changed the row. */
  | {
      readonly kind: 'accepted';
      readonly subject: Subject & { command: CommandName };
      readonly written: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly reason: string;
      readonly subject?: Subject & { command: CommandName };
    }
  | { readonly kind: 'armed'; readonly timer: RowTimer; readonly plan: ArmPlan }
  | { readonly kind: 'unarmed'; readonly timer: RowTimer }
  | { readonly kind: 'disarmed'; readonly timer: RowTimer; readonly result: 'deleted' | 'unavailable' }
  | {
      readonly kind: 'published';
      readonly event: OperationStatusChange | ResourceStatusChange;
      readonly generation: number;
    }
  /** The end of an operation was carried to what belongs to it: so many rows were ended. */
  | {
      readonly kind: 'cascaded';
      readonly subject: Subject;
      readonly resources: number;
      readonly children: number;
    }
  /** A canary: whether a heartbeat could have been recorded. */
  | { readonly kind: 'canary'; readonly ok: boolean }
  /** That a canary failed could not be written down; the silence will tell. */
  | { readonly kind: 'unrecorded'; readonly error: unknown }
  /** A row was looked at. `lateness`: of a timeout, from the deadline to the decision. `reason`: of a grant. */
  | {
      readonly kind: 'wakeUp';
      readonly by: 'wake' | 'sweep';
      readonly outcome: WakeUpOutcome;
      readonly subject: Subject;
      /** Why an attempt or a resource action ended. */
      readonly cause?: ResourceCause;
      readonly reason?: string;
      readonly lateness?: Milliseconds;
      readonly hops?: number;
    }
  | { readonly kind: 'malformed'; readonly messageId: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly subject: Subject; readonly error: unknown }
  | { readonly kind: 'listed'; readonly stacks: number }
  | { readonly kind: 'shardFailed'; readonly shard: string; readonly error: unknown }
  | { readonly kind: 'sweepSkipped' }
  | {
      readonly kind: 'sweepCompleted';
      /** Rows that were overdue. */
      readonly overdue: number;
      /** Rows that the sweep timed out or armed anew. */
      readonly swept: number;
      readonly failed: number;
      /** Shards of the index that could not be read. */
      readonly failedShards: number;
      /** Whether the budget ended before the overdue rows did. */
      readonly outOfTime: boolean;
    };

export interface Telemetry {
  record(observation: Observation): void;
}
