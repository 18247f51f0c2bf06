import { type Instant, SECOND } from '../../domain/time.ts';
import { shardOf, type Timer } from '../../domain/timer.ts';

type Timed = { readonly status: 'IN_PROGRESS'; readonly timer: Timer };
type Ended = { readonly status: string; readonly lastGeneration: number; readonly expiresAt: Instant };

/** The attributes of a row. Only one with a running timer has the keys of the sparse index. */
export function toTimerAttributes(row: Timed | Ended, of: { stackId: string; resource?: string }): object {
  if ('timer' in row) {
    const { timer, ...rest } = row;
    return {
      ...rest,
      generation: timer.generation,
      timerSetAt: timer.setAt,
      timerDueAt: timer.dueAt,
      timerShard: shardOf(of),
    };
  }
  const { lastGeneration, expiresAt, ...rest } = row;
  // DynamoDB's TTL wants seconds.
  return { ...rest, generation: lastGeneration, expiresAt: expiresAt / SECOND };
}

export function fromTimerAttributes(attributes: Record<string, unknown>): Record<string, unknown> {
  const { generation, timerSetAt, timerDueAt, timerShard: _, expiresAt, ...rest } = attributes;
  if (rest.status === 'IN_PROGRESS') {
    return { ...rest, timer: { generation, dueAt: timerDueAt, setAt: timerSetAt } };
  }
  return { ...rest, lastGeneration: generation, expiresAt: Number(expiresAt) * SECOND };
}
