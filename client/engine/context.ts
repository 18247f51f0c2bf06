import type { StackTimeoutsClient } from '../client.ts';
import type { EngineEvent } from './events.ts';
import type { Sleep } from './waiting.ts';

/** What every part of an engine needs. */
export interface EngineContext {
  readonly client: StackTimeoutsClient;
  readonly engineId: string;
  readonly heartbeatIntervalMs?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly newId: () => string;
  /** Never throws. */
  readonly emit: (event: EngineEvent) => void;
}
