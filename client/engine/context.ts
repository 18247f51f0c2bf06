import type { StackTimeoutsClient } from '../client.ts';
import type { EngineEvent } from './events.ts';
import type { Sleep } from './waiting.ts';

/** What the parts of an engine share. */
export interface EngineContext {
  readonly client: StackTimeoutsClient;
  readonly engineId: string;
  readonly heartbeatEveryMs?: number;
  /** Milliseconds by a clock that nobody sets. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly newId: () => string;
  /** Never throws. */
  readonly emit: (event: EngineEvent) => void;
}
