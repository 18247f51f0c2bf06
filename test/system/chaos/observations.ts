/** What a run observed from outside: all that the audit knows. */
import type {
  Answer,
  OperationStatusChange,
  RequestOf,
  ResourceActionStatusChange,
} from '../../../contract/index.ts';
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import type { EngineLine } from '../e2e/support/engine-process.ts';

/** What the workload asks for. */
export type WorkloadRequest = RequestOf<
  'StartOperation' | 'CompleteOperation' | 'CancelOperation' | 'ExtendOperation' | 'DispatchResource'
>;

/** A request, and what was answered. */
export interface Asked {
  readonly request: WorkloadRequest;
  /** Undefined: no answer came, so that it may have taken effect or not. */
  readonly answer?: Answer | undefined;
}

export interface EngineSaid {
  readonly engineId: string;
  readonly line: EngineLine;
}

export const QUEUES = ['timer', 'work'] as const;
export type QueueName = (typeof QUEUES)[number];

export interface DeadLetter {
  readonly queue: QueueName;
  readonly body: string;
}

/** The deployment at the end, as it was last read. */
export interface FinalState {
  readonly stacks: readonly StackRow[];
  readonly resources: readonly ResourceActionRow[];
  /** Keys of other items that are to be gone, or to have an end, by now. */
  readonly items: readonly string[];
  /** What ListStacks shows as IN_PROGRESS. */
  readonly listed: readonly string[];
  readonly schedules: readonly string[];
  /** How many messages wait on each queue, the delayed and the hidden ones too. */
  readonly waiting: Readonly<Record<QueueName, number>>;
  /** Keys in the bucket of stream records that were given up. */
  readonly givenUp: readonly string[];
  /** Messages that neither schedules nor the work rule could deliver. */
  readonly undelivered: readonly string[];
}

export interface Observations {
  readonly asked: readonly Asked[];
  readonly said: readonly EngineSaid[];
  readonly operationEvents: readonly OperationStatusChange[];
  readonly resourceEvents: readonly ResourceActionStatusChange[];
  readonly finalState: FinalState;
  readonly deadLetters: readonly DeadLetter[];
  /** What was put on the queues and means nothing. */
  readonly garbage: readonly DeadLetter[];
}
