import type { ReportableStatus } from '../../../contract/index.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import { endedShardOf, shardOf, type Timer } from '../../domain/timer.ts';

type Timed = { readonly status: 'IN_PROGRESS'; readonly timer: Timer };
type Ended = {
  readonly status: ReportableStatus;
  readonly endedAt: Instant;
  readonly lastGeneration: number;
  readonly expiresAt: Instant;
};

/**
 * The attributes of a row. The keys of the sparse index are those of a row with a running timer,
 * and of a stack that has ended, by when it did.
 */
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
  return {
    ...rest,
    generation: lastGeneration,
    // DynamoDB's TTL wants seconds.
    expiresAt: expiresAt / SECOND,
    ...(of.resource === undefined && {
      timerDueAt: row.endedAt,
      timerShard: endedShardOf(row.status, of.stackId),
    }),
  };
}

export function fromTimerAttributes(attributes: Record<string, unknown>): Record<string, unknown> {
  const { generation, timerSetAt, timerDueAt, timerShard: _, expiresAt, ...rest } = attributes;
  if (rest.status === 'IN_PROGRESS') {
    return { ...rest, timer: { generation, dueAt: timerDueAt, setAt: timerSetAt } };
  }
  return { ...rest, lastGeneration: generation, expiresAt: Number(expiresAt) * SECOND };
}
