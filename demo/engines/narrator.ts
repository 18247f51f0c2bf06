/** Tells the journal, a line for each entry that is worth one, in the order of time. */
import type { View } from '../view.ts';
import type { Entry, Journal } from './journal.ts';
import { inWords } from './words.ts';

/** What comes out of logs is known so much later than it happened. */
const HELD_BACK_MS = 1500;

export interface Narrator {
  /** Tells what is older than what may still come to be known. */
  tell(): void;
  /** Tells all the rest. */
  end(): void;
}

export function createNarrator(
  view: View,
  journal: Journal,
  pids: ReadonlyMap<string, number>,
  now: () => number = Date.now,
): Narrator {
  const told = new Set<Entry>();
  function tellUpTo(time: number): void {
    const due = journal.entries.filter((entry) => entry.at <= time && !told.has(entry));
    for (const entry of due.toSorted((a, b) => a.at - b.at)) {
      told.add(entry);
      const text = inWords(entry, journal.entries, pids);
      if (text !== undefined) view.event(text, entry.at);
    }
  }
  return {
    tell: () => tellUpTo(now() - HELD_BACK_MS),
    end: () => tellUpTo(Number.POSITIVE_INFINITY),
  };
}
