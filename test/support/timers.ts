/**
 * The sparse index over running timers: sorted by when they are due, and always a little behind the
 * table.
 */
import { shardOf } from '../../lambdas/domain/timer.ts';
import type { TimerEntry, TimerIndex } from '../../lambdas/ports/stores.ts';
import { keyOf, type Row } from './row-key.ts';

interface Indexed extends TimerEntry {
  readonly key: string;
}

const compare = (a: { dueAt: number; key: string }, b: { dueAt: number; key: string }): number =>
  a.dueAt - b.dueAt || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

export class Timers {
  readonly #shards = new Map<string, Indexed[]>();
  readonly #known = new Map<string, { readonly shard: string; readonly entry: Indexed }>();

  /** Takes over the state of a row. */
  apply(key: string, row: Row | undefined): void {
    const old = this.#known.get(key);
    if (row?.status !== 'IN_PROGRESS') {
      if (old) this.#remove(old);
      this.#known.delete(key);
      return;
    }
    const { dueAt } = row.timer;
    if (old?.entry.dueAt === dueAt) return;
    if (old) this.#remove(old);
    const entry = {
      key,
      stackId: row.stackId,
      ...('resource' in row && { resource: row.resource }),
      dueAt,
    };
    const shard = old?.shard ?? shardOf(row);
    const entries = this.#shards.get(shard) ?? [];
    this.#shards.set(shard, entries);
    entries.splice(this.#position(entries, entry), 0, entry);
    this.#known.set(key, { shard, entry });
  }

  isEmpty(shard: string, dueBefore = Number.POSITIVE_INFINITY): boolean {
    const first = this.#shards.get(shard)?.[0];
    return first === undefined || first.dueAt >= dueBefore;
  }

  list(shard: string, query: Parameters<TimerIndex['list']>[1]): Awaited<ReturnType<TimerIndex['list']>> {
    const { limit, after, dueBefore = Number.POSITIVE_INFINITY } = query;
    const entries = this.#shards.get(shard) ?? [];
    const key = after && keyOf(after);
    const start = after && key ? this.#position(entries, { dueAt: after.dueAt, key }, true) : 0;
    const page: TimerEntry[] = [];
    let at = start;
    for (; at < entries.length && page.length < limit; at++) {
      const { key: _, ...entry } = entries[at] as Indexed;
      if (entry.dueAt >= dueBefore) return { entries: page, more: false };
      page.push(entry);
    }
    const next = entries[at];
    return { entries: page, more: next !== undefined && next.dueAt < dueBefore };
  }

  #remove({ shard, entry }: { shard: string; entry: Indexed }): void {
    const entries = this.#shards.get(shard) ?? [];
    entries.splice(this.#position(entries, entry), 1);
  }

  /** Where an entry is or belongs; behind it, if asked. */
  #position(entries: readonly Indexed[], entry: { dueAt: number; key: string }, behind = false): number {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compare(entries[middle] as Indexed, entry);
      if (order < 0 || (behind && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
