/**
 * The table's stream: to each function on its own, in order for each item, at least once. A batch
 * that failed comes again, smaller; one whose function stands still too, while the function may yet
 * go on.
 */
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import type { Agenda } from './agenda.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';

const LARGEST_BATCH = 100;

export type Deliver = (changes: readonly RowChange[], done: (succeeded: boolean) => void) => void;

/** One shard of the stream, as one function reads it. */
export class StreamReader {
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #deliver: Deliver;
  #waiting: RowChange[] = [];
  #head = 0;
  #size = LARGEST_BATCH;
  #failures = 0;
  #busy = false;

  constructor(agenda: Agenda, faults: Faults, random: Random, deliver: Deliver) {
    this.#agenda = agenda;
    this.#faults = faults;
    this.#random = random;
    this.#deliver = deliver;
  }

  get isIdle(): boolean {
    return !this.#busy;
  }

  put(change: RowChange): void {
    this.#waiting.push(change);
    if (!this.#busy) this.#next(this.#random.between(20, 300));
  }

  /** What has not been read is lost; a batch under way fails. */
  reset(): void {
    this.#waiting = [];
    this.#head = 0;
  }

  #next(after: number): void {
    this.#busy = true;
    const { now } = this.#agenda;
    const backAt = this.#faults.downUntil('stream');
    this.#agenda.at(Math.max(backAt ?? 0, now + after), () => {
      const batch = this.#waiting.slice(this.#head, this.#head + this.#size);
      this.#deliver(batch, (succeeded) => this.#done(batch.length, succeeded));
    });
  }

  #done(length: number, succeeded: boolean): void {
    if (!succeeded) {
      this.#failures++;
      // The failing record is found by splitting; with one that fails alone it goes on until it
      // succeeds.
      this.#size = Math.max(1, length >> 1);
      this.#next(Math.min(60_000, 500 * 2 ** Math.min(this.#failures, 7)));
      return;
    }
    this.#failures = 0;
    this.#size = LARGEST_BATCH;
    if (!this.#faults.ofCarrier('batch again', this.#random)) this.#head += length;
    if (this.#head < this.#waiting.length) {
      this.#forget();
      this.#next(this.#random.between(0, 50));
    } else {
      this.#waiting = [];
      this.#head = 0;
      this.#busy = false;
    }
  }

  #forget(): void {
    if (this.#head < 1000) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
