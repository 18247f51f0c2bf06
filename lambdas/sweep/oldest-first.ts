import type { Instant } from '../domain/time.ts';
import type { TimerEntry, TimerIndex } from '../ports/stores.ts';

const PAGE_SIZE = 100;

/** A shard's entries that were read and not yet yielded, and whether there are more behind them. */
interface Cursor {
  readonly shard: string;
  entries: TimerEntry[];
  more: boolean;
}

/**
 * The timers of all shards that are due before a moment, oldest first: a merge of the shards'
 * sorted pages. A shard that cannot be read is told to `onFailure` and left out, so that it does
 * not keep the others from being swept.
 */
export async function* oldestFirst(
  index: TimerIndex,
  shards: readonly string[],
  dueBefore: Instant,
  onFailure: (shard: string, error: unknown) => void,
): AsyncGenerator<TimerEntry> {
  const read = async (shard: string, after?: TimerEntry): Promise<Cursor> => {
    try {
      const page = await index.list(shard, { limit: PAGE_SIZE, dueBefore, ...(after && { after }) });
      return { shard, entries: [...page.entries], more: page.more };
    } catch (error) {
      onFailure(shard, error);
      return { shard, entries: [], more: false };
    }
  };
  const cursors = await Promise.all(shards.map((shard) => read(shard)));
  for (;;) {
    let oldest: Cursor | undefined;
    for (const cursor of cursors) {
      const [entry] = cursor.entries;
      if (entry && (oldest?.entries[0] === undefined || entry.dueAt < oldest.entries[0].dueAt))
        oldest = cursor;
    }
    const entry = oldest?.entries.shift();
    if (oldest === undefined || entry === undefined) return;
    if (oldest.entries.length === 0 && oldest.more) Object.assign(oldest, await read(oldest.shard, entry));
    yield entry;
  }
}
