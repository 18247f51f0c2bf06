import pMap from 'p-map';
import type { Milliseconds } from '../domain/time.ts';
import { SHARDS } from '../domain/timer.ts';
import type { SweepLease, TimerEntry, TimerIndex } from '../ports/stores.ts';
import { probe } from '../shared/canary.ts';
import { forInvocation, handleOverdue, type WakeUpDependencies } from '../shared/handle-wake-up.ts';
import { oldestFirst } from './oldest-first.ts';
import { Postponed } from './postponed.ts';

export interface SweepDependencies extends WakeUpDependencies {
  readonly index: TimerIndex;
  readonly lease: SweepLease;
  /** A row overdue by more than this has lost its wake-up. */
  readonly grace: Milliseconds;
  /** How long one sweep may go on before it leaves the rest to the next. */
  readonly budget: Milliseconds;
}

/** Rows handled at once. */
const CONCURRENCY = 16;

/**
 * How much longer than its budget a sweep may hold the lease: for the rows under way. With the
 * deployed budget of 35 s the lease of a sweep that died has ended before the next minute's sweep
 * asks for it.
 */
const LEASE_MARGIN: Milliseconds = 20_000;

/**
 * The backstop for every lost wake-up: handles each overdue row, oldest first, as a wake-up would.
 * One sweep runs at a time, which saves work; safety does not depend on it, since every write is
 * conditional. It never puts anything on the timer queue: under overload that would multiply the
 * load.
 *
 * A stack whose rows cannot be read or written must not use up the budget: when one of its rows has
 * failed, in this sweep or in the one before, the rest of them come after the rows of all other
 * stacks.
 *
 * @throws Error if rows or shards failed, after all others were done; the next sweep finds them
 * again.
 */
export async function sweep(deps: SweepDependencies, holder: string): Promise<void> {
  const { clock, telemetry, lease } = deps;
  // Also if another sweep holds the lease: whether heartbeats can be recorded is to be known each
  // minute.
  await probe(deps).catch((error: unknown) => telemetry.record({ kind: 'unrecorded', error }));
  const startedAt = clock.now();
  const endBy = startedAt + deps.budget;
  const failedBefore = await lease.acquire(holder, startedAt, endBy + LEASE_MARGIN);
  if (failedBefore === undefined) {
    telemetry.record({ kind: 'sweepSkipped' });
    return;
  }
  const postponed = new Postponed(failedBefore);
  let sawAll = false;
  try {
    const invocation = forInvocation(deps);
    const counts = { overdue: 0, swept: 0, failed: 0, failedShards: 0, outOfTime: false };
    const onFailure = (shard: string, error: unknown): void => {
      telemetry.record({ kind: 'shardFailed', shard, error });
      counts.failedShards++;
    };
    const isOutOfTime = (): boolean => {
      counts.outOfTime = clock.now() >= endBy;
      return counts.outOfTime;
    };
    async function* overdueRows(): AsyncGenerator<TimerEntry> {
      for await (const entry of oldestFirst(deps.index, SHARDS, startedAt - deps.grace, onFailure)) {
        if (isOutOfTime()) return;
        if (!postponed.takes(entry)) yield entry;
      }
    }
    function* postponedRows(): Generator<TimerEntry> {
      for (const entry of postponed.rows()) {
        if (isOutOfTime()) return;
        yield entry;
      }
    }
    const handle = async ({ dueAt: _, ...row }: TimerEntry): Promise<void> => {
      counts.overdue++;
      try {
        const { save } = await handleOverdue(invocation, row);
        if (save) counts.swept++;
      } catch (error) {
        telemetry.record({ kind: 'failed', subject: row, error });
        counts.failed++;
        postponed.failed(row.stackId);
      }
    };
    await pMap(overdueRows(), handle, { concurrency: CONCURRENCY });
    sawAll = !counts.outOfTime;
    await pMap(postponedRows(), handle, { concurrency: CONCURRENCY });
    // One that could not read a single shard has looked at nothing.
    if (counts.failedShards < SHARDS.length) telemetry.record({ kind: 'sweepCompleted', ...counts });
    if (counts.failed + counts.failedShards > 0) {
      throw new Error(
        `${counts.failed} of ${counts.overdue} overdue rows failed, and ${counts.failedShards} shards`,
      );
    }
  } finally {
    await lease.release(holder, postponed.stackIds(sawAll));
  }
}
