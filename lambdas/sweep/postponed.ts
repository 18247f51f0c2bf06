import type { TimerEntry } from '../ports/stores.ts';

/** Rows that are remembered for the end of a sweep; the next sweep finds what is beyond. */
const MOST_ROWS = 10_000;
/**
 * Stacks that the next sweep is told of: more than fail in one sweep if every call takes as long as
 * it may.
 */
const MOST_STACKS = 500;

/**
 * The rows of stacks that have failed: they come last, so that they do not keep the others from
 * being handled.
 */
export class Postponed {
  readonly #rows = new Map<string, TimerEntry[]>();
  readonly #suspected: Set<string>;
  readonly #failed = new Set<string>();
  /** Those of the sweep before that this one has not met. */
  readonly #unmet: Set<string>;
  #count = 0;

  /** @param failedBefore the stacks that failed in the sweep before. */
  constructor(failedBefore: readonly string[]) {
    this.#suspected = new Set(failedBefore);
    this.#unmet = new Set(failedBefore);
  }

  /** Whether the row is put off, because its stack has failed. */
  takes(entry: TimerEntry): boolean {
    const { stackId } = entry;
    if (!this.#suspected.has(stackId)) return false;
    this.#unmet.delete(stackId);
    if (this.#count++ >= MOST_ROWS) return true;
    const rows = this.#rows.get(stackId) ?? [];
    rows.push(entry);
    this.#rows.set(stackId, rows);
    return true;
  }

  failed(stackId: string): void {
    this.#suspected.add(stackId);
    this.#failed.add(stackId);
  }

  /** The rows that were put off: the oldest of each stack, then the second of each, and so on. */
  *rows(): Generator<TimerEntry> {
    const queues = [...this.#rows.values()];
    const longest = Math.max(0, ...queues.map(({ length }) => length));
    for (let n = 0; n < longest; n++) {
      for (const queue of queues) {
        const entry = queue[n];
        if (entry === undefined) continue;
        yield entry;
        // It has had its turn: unless that fails, the next sweep need not put it off.
        if (n === 0) this.#rows.delete(entry.stackId);
      }
    }
  }

  /**
   * What the next sweep is to put off: stacks that failed, and those whose turn did not come.
   *
   * @param sawAll whether the sweep got to the last overdue row: a stack it has not met has none.
   */
  stackIds(sawAll: boolean): string[] {
    const unmet = sawAll ? [] : this.#unmet;
    return [...new Set([...this.#failed, ...this.#rows.keys(), ...unmet])].slice(0, MOST_STACKS);
  }
}
