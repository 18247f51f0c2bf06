/** The two operations of act two: what the engines are given to do, and when they are to die. */
import type { Action } from '../../contract/index.ts';

export const STACK_ID = 'web';
/** An engine that has not been heard of for so long is declared lost. */
export const HEARTBEAT_SECONDS = 5;
export const MAX_ATTEMPTS = 5;
/** How much an engine does at once; the walk takes one place. Two engines are busy with the three long resources. */
export const CONCURRENCY = 2;

export interface PlannedOperation {
  readonly operationId: string;
  readonly action: Extract<Action, 'CREATE' | 'DELETE'>;
  readonly timeoutSeconds: number;
  /** How long the simulated work on a resource takes. */
  readonly workSeconds: number;
  readonly workSecondsOf: Readonly<Record<string, number>>;
}

/** Long enough that an engine is found in the middle of it, and another one, too. */
const LONG = 15;

export const workSecondsOf = (operation: PlannedOperation, resource: string): number =>
  operation.workSecondsOf[resource] ?? operation.workSeconds;

/** Is completed in spite of all. */
export const CREATE: PlannedOperation = {
  operationId: 'create-1',
  action: 'CREATE',
  timeoutSeconds: 300,
  workSeconds: 2,
  workSecondsOf: { database: LONG, server_a: LONG, server_b: LONG },
};

/** Can never be completed in time. */
export const DELETE: PlannedOperation = {
  operationId: 'delete-1',
  action: 'DELETE',
  timeoutSeconds: 20,
  workSeconds: 60,
  workSecondsOf: {},
};
