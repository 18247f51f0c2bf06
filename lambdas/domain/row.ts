/** What the rows of stacks and of resource actions have in common. */
import type { Instant, Milliseconds } from './time.ts';
import type { Timer } from './timer.ts';

/** What every decision is given besides the rows and the request. */
export interface DecisionContext {
  readonly now: Instant;
  /** How long what has ended stays visible. */
  readonly retention: Milliseconds;
}

/** The row, or undefined once it has expired: DynamoDB deletes expired items only within days. */
export function present<R extends { status: string } & ({ status: 'IN_PROGRESS' } | { expiresAt: Instant })>(
  row: R | undefined,
  now: Instant,
): R | undefined {
  if (row === undefined || !('expiresAt' in row)) return row;
  return row.expiresAt > now ? row : undefined;
}

/** The generation of a row's running or last timer. */
export const generationOf = (
  row: { status: 'IN_PROGRESS'; timer: Timer } | { status: string; lastGeneration: number },
): number => ('timer' in row ? row.timer.generation : row.lastGeneration);

/**
 * What a row is rearmed by: timers set at `before` or later have their wake-up, and stay as they
 * are.
 */
export interface RearmContext {
  readonly now: Instant;
  readonly before: Instant;
}
