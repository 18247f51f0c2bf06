/** The clock, and what the use cases report: each observation is one log line and its metrics. */
import type { CommandName, ErrorCode, ResourceActionCause, Timeout } from '../../contract/index.ts';
import type { StatusChange } from '../domain/status-changes.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import type { ArmPlan, RowTimer } from '../domain/timer.ts';

export interface Clock {
  now(): Instant;
}

/** What an observation is about: in every log line, as far as it is known. */
interface Subject {
  readonly stackId: string;
  readonly operationId?: string;
  readonly resource?: string;
  readonly attempt?: number;
  /** Who has or had the attempt. */
  readonly engineId?: string;
  readonly generation?: number;
}

/** What a look at a row came to; of resource actions all of them, of stacks the first four. */
export type WakeUpOutcome =
  | 'fired'
  | 'stale'
  | 'early'
  | 'rearmed'
  | 'queued'
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
  | ({ readonly kind: 'published' } & StatusChange)
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
  /**
   * A row was looked at. `lateness`: of a timeout, from the deadline to the decision. `reason`: of
   * a grant. `lastHeartbeat`: of an attempt that timed out or was granted more time, when its
   * engine was last heard.
   */
  | {
      readonly kind: 'wakeUp';
      readonly by: 'wake' | 'sweep';
      readonly outcome: WakeUpOutcome;
      readonly subject: Subject;
      /** Why an attempt or a resource action ended. */
      readonly cause?: ResourceActionCause;
      readonly timeout?: Timeout;
      readonly lastHeartbeat?: Instant;
      readonly reason?: string;
      readonly lateness?: Milliseconds;
      readonly hops?: number;
    }
  | { readonly kind: 'malformed'; readonly messageId: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly subject: Subject; readonly error: unknown }
  /** An operator asked for new timers: a page of rows. */
  | {
      readonly kind: 'rearmed';
      readonly rearmed: number;
      readonly failed: number;
      readonly dryRun: boolean;
    }
  | { readonly kind: 'listed'; readonly stacks: number }
  | {
      readonly kind: 'historyRead';
      readonly subject: Subject & { command: CommandName };
      readonly entries: number;
    }
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
