import type { Request } from '../../contract/index.ts';
import type {
  HealthStore,
  HistoryStore,
  ResourceActionStore,
  StackStore,
  TimerIndex,
} from '../ports/stores.ts';
import type { Clock, Telemetry } from '../ports/telemetry.ts';

export interface CommandDependencies {
  readonly store: StackStore;
  readonly resources: ResourceActionStore;
  readonly index: TimerIndex;
  readonly health: HealthStore;
  readonly history: HistoryStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long what has ended stays visible, in milliseconds. */
  readonly retention: number;
}

/** Every request about one stack or resource action. */
export type RowRequest = Exclude<Request, { command: 'ListStacks' | 'GetHistory' }>;
