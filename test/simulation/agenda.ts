/** Virtual time: what is to happen, in order. Nothing else makes time pass. */

interface Entry {
  readonly at: number;
  /** Of two at the same moment the one that was entered first comes first. */
  readonly order: number;
  readonly happen: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Agenda {
  now: number;
  /** Set by whoever settles a promise: what waits for it runs before anything else happens. */
  woke = false;
  /** How much has happened. */
  steps = 0;
  #order = 0;
  /** A binary heap: each entry comes before the two at 2n + 1 and 2n + 2. */
  readonly #heap: Entry[] = [];

  constructor(now: number) {
    this.now = now;
  }

  at(at: number, happen: () => void): void {
    const entry = { at: Math.max(at, this.now), order: ++this.#order, happen };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Entry;
      if (isBefore(parent, entry)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  after(milliseconds: number, happen: () => void): void {
    this.at(this.now + milliseconds, happen);
  }

  /** Lets things happen until `done`, or until nothing is left to happen. */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          do {
            this.woke = false;
            const next = done() ? undefined : this.#take();
            if (next === undefined) {
              resolve();
              return;
            }
            this.now = next.at;
            this.steps++;
            next.happen();
          } while (!this.woke);
        } catch (error) {
          reject(error);
          return;
        }
        // By then every promise that could go on has gone on.
        setImmediate(step);
      };
      step();
    });
  }

  #take(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left === undefined) break;
      let child = left;
      if (right !== undefined && isBefore(right, left)) {
        child = right;
        below++;
      }
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}
