/**
 * The sparse index over running timers and ended stacks: sorted by when they are due, or ended, and
 * always a little behind the table.
 */
import { endedShardOf, shardOf } from '../../lambdas/domain/timer.ts';
import type { TimerEntry, TimerIndex, TimerQuery } from '../../lambdas/ports/stores.ts';
import { keyOf, type Row } from './row-key.ts';

interface Indexed extends TimerEntry {
  readonly key: string;
}

const compare = (a: { dueAt: number; key: string }, b: { dueAt: number; key: string }): number =>
  a.dueAt - b.dueAt || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** The keys that a row has in the index, if it is in it. */
function keysOf(row: Row): { readonly shard: string; readonly dueAt: number } | undefined {
  if (row.status === 'IN_PROGRESS') return { shard: shardOf(row), dueAt: row.timer.dueAt };
  if ('resource' in row) return undefined;
  return { shard: endedShardOf(row.status, row.stackId), dueAt: row.endedAt };
}

export class Timers {
  readonly #shards = new Map<string, Indexed[]>();
  readonly #known = new Map<string, { readonly shard: string; readonly entry: Indexed }>();

  /** Takes over the state of a row. */
  apply(key: string, row: Row | undefined): void {
    const old = this.#known.get(key);
    const keys = row && keysOf(row);
    if (old !== undefined && old.shard === keys?.shard && old.entry.dueAt === keys.dueAt) return;
    if (old) this.#remove(old);
    this.#known.delete(key);
    if (row === undefined || keys === undefined) return;
    const { shard, dueAt } = keys;
    const entry = {
      key,
      stackId: row.stackId,
      ...('resource' in row && { resource: row.resource }),
      dueAt,
    };
    const entries = this.#shards.get(shard) ?? [];
    this.#shards.set(shard, entries);
    entries.splice(this.#position(entries, entry), 0, entry);
    this.#known.set(key, { shard, entry });
  }

  isEmpty(shard: string, dueBefore = Number.POSITIVE_INFINITY): boolean {
    const first = this.#shards.get(shard)?.[0];
    return first === undefined || first.dueAt >= dueBefore;
  }

  list(shard: string, query: TimerQuery): Awaited<ReturnType<TimerIndex['list']>> {
    const { limit, after, dueFrom = 0, dueBefore = Number.POSITIVE_INFINITY, latestFirst } = query;
    const all = this.#shards.get(shard) ?? [];
    const key = after && keyOf(after);
    const position = after && key ? { dueAt: after.dueAt, key } : undefined;
    const start = position && !latestFirst ? this.#position(all, position, true) : 0;
    const end = position && latestFirst ? this.#position(all, position) : all.length;
    const found: TimerEntry[] = [];
    for (let n = 0; n < end - start && found.length <= limit; n++) {
      const { key: _, ...entry } = all[latestFirst ? end - 1 - n : start + n] as Indexed;
      if (latestFirst ? entry.dueAt < dueFrom : entry.dueAt >= dueBefore) break;
      if (entry.dueAt >= dueFrom && entry.dueAt < dueBefore) found.push(entry);
    }
    return { entries: found.slice(0, limit), more: found.length > limit };
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
