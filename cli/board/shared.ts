/** A value that is read at most once at a time, and not again while it is fresh. */
export class Shared<T> {
  readonly #read: () => Promise<T>;
  readonly #freshMs: number;
  #reading:
    | { readonly value: Promise<T>; readonly since: number; done: boolean; expired: boolean }
    | undefined;
  /** What was read last, also while it is read again. */
  last: T | undefined;
  /** When it was asked for last. */
  usedAt = 0;

  constructor(freshMs: number, read: () => Promise<T>) {
    this.#freshMs = freshMs;
    this.#read = read;
  }

  get(now: number): Promise<T> {
    this.usedAt = now;
    const last = this.#reading;
    const isOld = last?.done && (last.expired || now - last.since >= this.#freshMs);
    if (last && !isOld) return last.value;
    const reading = { value: this.#read(), since: now, done: false, expired: false };
    const done = () => {
      reading.done = true;
    };
    reading.value.then((value) => {
      this.last = value;
      done();
    }, done);
    this.#reading = reading;
    return reading.value;
  }

  /** Reads it again when it is asked for next. */
  expire(): void {
    if (this.#reading) this.#reading.expired = true;
  }
}
