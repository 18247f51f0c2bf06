import type { Sleep } from '../../../client/index.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Time that passes only when told to: everything that is due happens on the way, in order. */
export class VirtualTime {
  #now = 0;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.#now;

  readonly sleep: Sleep = (milliseconds, signal) =>
    new Promise((resolve) => {
      // As setTimeout, which would not wait at all.
      if (milliseconds > LONGEST_TIMER_MS)
        throw new RangeError(`${milliseconds} ms are too long for a timer`);
      if (signal?.aborted) return resolve();
      const done = () => {
        this.#timers.delete(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = { at: this.#now + milliseconds, fire: done };
      this.#timers.add(timer);
      signal?.addEventListener('abort', done);
    });

  /** Lets so many seconds pass. */
  async pass(seconds: number): Promise<void> {
    const until = this.#now + seconds * 1000;
    await settle();
    for (;;) {
      const next = [...this.#timers].reduce<Timer | undefined>(
        (a, b) => (a && a.at <= b.at ? a : b),
        undefined,
      );
      if (!next || next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await settle();
    }
    this.#now = until;
  }

  /** How many sleep. */
  get sleepers(): number {
    return this.#timers.size;
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
