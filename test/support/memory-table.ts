import type { RowChange } from '../../lambdas/domain/consequences.ts';
import type { StackRow } from '../../lambdas/domain/stack.ts';
import { stackShard } from '../../lambdas/domain/timer.ts';
import type { SeenRow, StackStore, SweepLease, TimerIndex } from '../../lambdas/ports.ts';

/** The table in memory: rows, the timer index over them, the sweep's lease, and the stream of changes. */
export class MemoryTable implements StackStore, TimerIndex, SweepLease {
  readonly rows = new Map<string, StackRow>();
  readonly stream: RowChange[] = [];
  #lease: { holder: string; until: number } | undefined;

  async load(stackId: string) {
    return this.rows.get(stackId);
  }

  async loadMany(stackIds: readonly string[]) {
    return stackIds.flatMap((stackId) => this.rows.get(stackId) ?? []);
  }

  async save(row: StackRow, seen: SeenRow | undefined) {
    const before = this.rows.get(row.stackId);
    if (before?.version !== seen?.version || before?.operationId !== seen?.operationId) {
      return { saved: false as const, current: before };
    }
    this.rows.set(row.stackId, row);
    this.stream.push({ before, after: row });
    return { saved: true as const };
  }

  async list(
    shard: string,
    { limit, after, dueBefore = Number.POSITIVE_INFINITY }: Parameters<TimerIndex['list']>[1],
  ) {
    const entries = [...this.rows.values()]
      .flatMap((row) =>
        row.status === 'IN_PROGRESS' ? { stackId: row.stackId, dueAt: row.timer.dueAt } : [],
      )
      .filter(({ stackId, dueAt }) => stackShard(stackId) === shard && dueAt < dueBefore)
      .sort((a, b) => a.dueAt - b.dueAt || (a.stackId < b.stackId ? -1 : 1));
    const isAfter = (entry: (typeof entries)[number]) =>
      after === undefined ||
      entry.dueAt > after.dueAt ||
      (entry.dueAt === after.dueAt && entry.stackId > after.stackId);
    const rest = entries.filter(isAfter);
    return { entries: rest.slice(0, limit), more: rest.length > limit };
  }

  async acquire(holder: string, now: number, until: number) {
    if (this.#lease && this.#lease.until > now && this.#lease.holder !== holder) return false;
    this.#lease = { holder, until };
    return true;
  }

  async release(holder: string) {
    if (this.#lease?.holder === holder) this.#lease = undefined;
  }
}
