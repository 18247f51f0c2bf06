import type { Request } from '../../contract/index.ts';
import type { Clock, HealthStore, ResourceStore, StackStore, Telemetry, TimerIndex } from '../ports/ports.ts';

export interface CommandDependencies {
  readonly store: StackStore;
  readonly resources: ResourceStore;
  readonly index: TimerIndex;
  readonly health: HealthStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long what has ended stays visible, in milliseconds. */
  readonly retention: number;
}

/** Every request about one stack or resource action. */
export type RowRequest = Exclude<Request, { command: 'ListStacks' }>;
