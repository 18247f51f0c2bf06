/**
 * What the use cases need of the world, named for the need. One adapter each in `adapters/`; the tests' memory
 * adapters pass the same contract suites. A method throws only when the infrastructure fails: an outcome that the
 * protocol expects (a lost conditional write, a name already taken, a throttled call) is a value.
 */
import type { CommandName, ErrorCode, OperationStatusChange, WakeUp } from './contract.ts';
import type { StackRow } from './domain/stack.ts';
import type { Instant, Milliseconds } from './domain/time.ts';
import type { ArmPlan, OperationTimer } from './domain/timer.ts';
import type { WakeUpDecision } from './domain/wake-up.ts';

export interface Clock {
  now(): Instant;
}

/** What identifies one state of a row. */
export type SeenRow = Pick<StackRow, 'version' | 'operationId'>;

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

export interface TimerEntry {
  readonly stackId: string;
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
  publish(events: readonly OperationStatusChange[]): Promise<void>;
}

/** What an observation is about: in every log line, as far as it is known. */
interface Subject {
  readonly stackId: string;
  readonly operationId?: string;
  readonly generation?: number;
}

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
  | { readonly kind: 'armed'; readonly timer: OperationTimer; readonly plan: ArmPlan }
  | { readonly kind: 'unarmed'; readonly timer: OperationTimer }
  | { readonly kind: 'disarmed'; readonly timer: OperationTimer; readonly result: 'deleted' | 'unavailable' }
  | { readonly kind: 'published'; readonly event: OperationStatusChange; readonly generation: number }
  /** A row was looked at. `lateness`: of a timeout, from the deadline to the decision. */
  | {
      readonly kind: 'wakeUp';
      readonly by: 'wake' | 'sweep';
      readonly outcome: WakeUpDecision['outcome'];
      readonly subject: Subject;
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
