import type { Instant } from '../domain/time.ts';
import type { TimerEntry, TimerIndex } from '../ports.ts';

const PAGE_SIZE = 100;

/** A shard's entries that were read and not yet yielded, and whether there are more behind them. */
interface Cursor {
  readonly shard: string;
  entries: TimerEntry[];
  more: boolean;
}

/** The timers of all shards that are due before a moment, oldest first: a merge of the shards' sorted pages. */
export async function* oldestFirst(
  index: TimerIndex,
  shards: readonly string[],
  dueBefore: Instant,
): AsyncGenerator<TimerEntry> {
  const cursors = await Promise.all(
    shards.map(async (shard): Promise<Cursor> => {
      const page = await index.list(shard, { limit: PAGE_SIZE, dueBefore });
      return { shard, entries: [...page.entries], more: page.more };
    }),
  );
  for (;;) {
    let oldest: Cursor | undefined;
    for (const cursor of cursors) {
      const [entry] = cursor.entries;
      if (entry && (oldest?.entries[0] === undefined || entry.dueAt < oldest.entries[0].dueAt))
        oldest = cursor;
    }
    const entry = oldest?.entries.shift();
    if (oldest === undefined || entry === undefined) return;
    if (oldest.entries.length === 0 && oldest.more) {
      const page = await index.list(oldest.shard, { limit: PAGE_SIZE, after: entry, dueBefore });
      oldest.entries = [...page.entries];
      oldest.more = page.more;
    }
    yield entry;
  }
}
