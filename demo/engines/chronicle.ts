import type { Entry } from './journal.ts';
import type { Seen } from './observer.ts';

/** All that is known of act two when it is over. */
export interface Chronicle {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly entries: readonly Entry[];
  /** How each operation was last seen, by operationId. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** The names in the template. */
  readonly resources: readonly string[];
  /** The schedules that were left at the end. */
  readonly schedules: readonly string[];
  /** What was waited for in vain; the story ended there. */
  readonly stuck?: string;
}
