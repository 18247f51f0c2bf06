/** What the bridge needs of Heat and of the service. */
import type { StackTimeoutsClient } from '../client/index.ts';
import type { Poke } from './domain/end.ts';
import type { HeatStack, HeatView } from './domain/heat.ts';

export interface HeatDatabase {
  /** Milliseconds since the epoch. */
  now(): Promise<number>;
  /** @throws UnknownHeat unless the tables are those of a Heat that the bridge was tried with. */
  checkTables(): Promise<void>;
  stacks(ids: readonly string[]): Promise<HeatStack[]>;
  stacksInProgress(): Promise<HeatStack[]>;
  /** Ids of stacks IN_PROGRESS of which no such engine holds a resource, or a dead one does. */
  stacksWithoutEngine(aliveSince: number): Promise<string[]>;
  view(stackId: string): Promise<HeatView>;
  /** Whether an engine has reported within so many seconds. */
  hasLivingEngine(withinSeconds: number): Promise<boolean>;
  /**
   * Since when this bridge is the one that resumes: one at a time, as long as its connection lives.
   * Undefined: it is not.
   */
  resumesSince(): Promise<number | undefined>;
  /** Ends an operation as FAILED, "Timed out", and frees its resources. False: it has ended. */
  forceEnd(stackId: string, traversal: string): Promise<boolean>;
}

export interface HeatRpc {
  /** @throws Error unless a queue has taken the message. */
  poke(stack: HeatStack, poke: Poke): Promise<void>;
  /** @throws Error unless a queue has taken the message. */
  cancel(stack: HeatStack, withRollback: boolean): Promise<void>;
  /** How many steps wait for an engine. */
  waitingSteps(): Promise<number>;
}

export type Service = Pick<
  StackTimeoutsClient,
  'startOperation' | 'completeOperation' | 'getStack' | 'stacks'
>;

export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void;

/** The bridge would not know what it does. */
export class UnknownHeat extends Error {
  override readonly name = 'UnknownHeat';
}
