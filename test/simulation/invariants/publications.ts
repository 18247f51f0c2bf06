/** P14: what was written is published, nothing else is, and the same id always says the same. */
import { isOfResource, type Row, type Write } from '../row.ts';
import type { StatusChangeEvent } from '../services.ts';
import { type Entries, keyOf } from './entries.ts';
import { holds } from './violation.ts';

/** What an event has to say. */
interface Expected {
  readonly status: string;
  readonly cause?: string | undefined;
  readonly phase?: string | undefined;
  readonly attempt?: number | undefined;
  /** As it was published first. */
  published?: string;
  /** Its record may have been lost with the stream of an earlier deployment. */
  readonly lost?: true;
}

const phaseOf = (row: Row) => (isOfResource(row) && row.status === 'IN_PROGRESS' ? row.phase : undefined);

const saysOf = (row: Row): Expected => ({
  status: row.status,
  cause: 'cause' in row ? row.cause : undefined,
  phase: phaseOf(row),
  attempt: isOfResource(row) ? row.attempt : undefined,
});

export class Publications {
  readonly #expected = new Map<string, Expected>();
  /** What was published under an id: whoever removes duplicates drops everything after it. */
  readonly #byId = new Map<string, string>();
  /** A long history forgets what was published. */
  readonly #forgets: boolean;
  readonly #entries: Entries;

  constructor(forgets: boolean, entries: Entries) {
    this.#forgets = forgets;
    this.#entries = entries;
  }

  wrote(write: Write): void {
    const { before, after } = write;
    const replaced = before !== undefined && before.operationId !== after.operationId;
    if (replaced && before.status === 'IN_PROGRESS') {
      const cause = isOfResource(before) ? 'CANCELLED' : 'SUPERSEDED';
      const attempt = isOfResource(before) ? before.attempt : undefined;
      this.#expect(before, before.version + 1, { status: 'FAILED', cause, attempt });
      this.#entries.expect(before, before.version + 1, write);
    }
    const begins = before === undefined || replaced || before.status !== 'IN_PROGRESS';
    const news =
      before?.status !== after.status ||
      phaseOf(before) !== phaseOf(after) ||
      after.change === 'OFFER' ||
      (isOfResource(after) && isOfResource(before) && before.attempt !== after.attempt);
    if (!begins && !news) return;
    this.#expect(after, after.version, saysOf(after));
    this.#entries.expect(after, after.version, write);
  }

  /**
   * The stream begins anew, with these rows. Whoever observes forgets what was published before:
   * the same changes are told again, without what was there before them.
   */
  restored(rows: readonly Row[]): void {
    this.#byId.clear();
    for (const [key, { published: _, ...expected }] of this.#expected)
      this.#expected.set(key, { ...expected, lost: true });
    for (const row of rows) this.#expect(row, row.version, saysOf(row));
    this.#entries.restored(rows);
  }

  published(event: StatusChangeEvent): void {
    const key = keyOf(event);
    const expected = this.#expected.get(key);
    if (expected === undefined && this.#forgets) return;
    const text = JSON.stringify(event);
    const first = this.#byId.get(event.id) ?? text;
    holds('P14', first === text, () => `the same id says something else: ${first} and ${text}`);
    if (!this.#forgets) this.#byId.set(event.id, text);
    holds('P14', expected, () => `published is what was not written: ${text}`);
    const { published = text } = expected;
    holds(
      'P14',
      published === text,
      () => `the same change is told in another way: ${published} and ${text}`,
    );
    const { status, cause, phase, attempt } = { phase: undefined, attempt: undefined, ...event };
    const says = [status, cause, phase, attempt].join();
    const is = [expected.status, expected.cause, expected.phase, expected.attempt].join();
    holds('P14', says === is, () => `published is ${says}, written was ${is}: ${text}`);
    if (this.#forgets) this.#expected.delete(key);
    else expected.published = text;
  }

  atRest(): void {
    for (const [key, { published, lost, ...expected }] of this.#expected)
      holds('P14', published ?? lost, () => `never published: ${key} ${JSON.stringify(expected)}`);
  }

  #expect(row: Row, version: number, expected: Expected): void {
    this.#expected.set(keyOf({ ...row, version }), expected);
  }
}
