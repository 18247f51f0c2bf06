/**
 * What the use cases need of queues, schedules, the bus and the command function. An outcome that
 * the protocol expects (a name already taken, a throttled call) is a value; a method throws only
 * when the infrastructure fails.
 */
import type { OperationStatusChange, ResourceActionStatusChange, WakeUp } from '../../contract/index.ts';
import type { Instant } from '../domain/time.ts';

/** Asks the command function to make a write as a heartbeat makes it. */
export interface Canary {
  /** False if it could not, or did not answer in time. */
  probe(): Promise<boolean>;
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
   * A name already taken counts as created: the name says everything about the schedule.
   * `unavailable`: the service throttled the call, is at its quota or is down, after the client's
   * retries; the sweep covers the timer.
   */
  create(schedule: Schedule): Promise<'created' | 'unavailable'>;
  /** A schedule that does not exist counts as deleted. */
  delete(name: string): Promise<'deleted' | 'unavailable'>;
}

/** Where status changes are published. */
export interface EventBus {
  /** Publishes all, or throws: then any of them may have been published. */
  publish(events: readonly (OperationStatusChange | ResourceActionStatusChange)[]): Promise<void>;
}
