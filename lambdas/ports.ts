/**
 * What the use cases need of the world, named for the need. One adapter each in `adapters/`; the tests' memory
 * adapters pass the same contract suites. A method throws only when the infrastructure fails: an outcome that the
 * protocol expects (a lost conditional write, a name already taken, a throttled call) is a value.
 */
import type { OperationStatusChange, WakeUp } from './contract.ts';
import type { StackRow } from './domain/stack.ts';
import type { Instant } from './domain/time.ts';

export interface Clock {
  now(): Instant;
}

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
  /** Saves the row if the stored one still has the version seen (undefined: if there is none). */
  save(row: StackRow, seenVersion: number | undefined): Promise<SaveResult>;
}

export interface TimerEntry {
  readonly stackId: string;
  readonly dueAt: Instant;
}

export interface TimerPage {
  /** Soonest first. */
  readonly entries: readonly TimerEntry[];
  /** Opaque; where the next page starts. Absent after the last one. */
  readonly next?: string;
}

/** The index of running timers. Eventually consistent: what it names is to be loaded before anything is decided. */
export interface TimerIndex {
  list(
    shard: string,
    query: { readonly limit: number; readonly after?: string; readonly dueBefore?: Instant },
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
  /** A name already taken counts as created: the name says everything about the schedule. */
  create(schedule: Schedule): Promise<'created' | 'throttled'>;
  /** A schedule that does not exist counts as deleted. */
  delete(name: string): Promise<'deleted' | 'throttled'>;
}

/** Where status changes are published. */
export interface EventBus {
  /** Publishes all, or throws: then any of them may have been published. */
  publish(changes: readonly OperationStatusChange[]): Promise<void>;
}
