/** P7: nothing is late for long once the services that it needs are well. */
import type { Faults } from '../faults.ts';
import { described, isOfResource, type Row, short, type Write } from '../row.ts';
import { dueOf } from './resource-writes.ts';
import { holds } from './violation.ts';

/** The wake-up came by itself: a few calls, the poller, a whole second of the queue's delay. */
const ALL_WELL = 12_000;
/** Grace, the period of the sweep, the lease of one that died, and an index that lags behind. */
const AFTER_TROUBLE = 30_000 + 60_000 + 55_000 + 60_000 + 120_000 + 20_000;

/** When a row was to end, or to go on, by a change; undefined: no clock decides. */
const dueBy = (before: Row, after: Row): number | undefined => {
  if (before.status !== 'IN_PROGRESS') return undefined;
  if (isOfResource(before)) return isOfResource(after) ? dueOf(before, after.change) : undefined;
  return after.change === 'TIMEOUT' ? before.deadline : undefined;
};

export function checkLateness({ before, after, writer, at }: Write, faults: Faults, outOf: number): void {
  const due = before && dueBy(before, after);
  if (due === undefined || !Number.isFinite(due)) return;
  const trouble = faults.lastAt;
  const limit = Math.max(due, trouble ?? 0) + (trouble === undefined ? ALL_WELL : AFTER_TROUBLE) + outOf;
  holds('P7', at <= limit, () => {
    const since = trouble === undefined ? 'nothing went wrong' : `the last trouble was ${short(trouble)}`;
    return `due ${short(due)}, ${since}, and it is ${short(at)}: ${writer.process.name} wrote ${described(after)}`;
  });
}
