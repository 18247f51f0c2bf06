/** P14: what was written is published, nothing else is, and the same id always says the same. */
import { isOfResource, type Row, type Write } from '../row.ts';
import type { StatusChangeEvent } from '../services.ts';
import { holds } from './violation.ts';

/** What an event has to say. */
interface Expected {
  readonly status: string;
  readonly cause?: string | undefined;
  readonly phase?: string | undefined;
  readonly attempt?: number | undefined;
  /** As it was published first. */
  published?: string;
}

const phaseOf = (row: Row) => (isOfResource(row) && row.status === 'IN_PROGRESS' ? row.phase : undefined);

const idOf = (row: Row, version: number): string =>
  [row.stackId, row.operationId, isOfResource(row) ? row.resource : '', version].join('/');

export class Publications {
  readonly #expected = new Map<string, Expected>();
  /** A long history forgets what was published. */
  readonly #forgets: boolean;

  constructor(forgets: boolean) {
    this.#forgets = forgets;
  }

  wrote({ before, after }: Write): void {
    const replaced = before !== undefined && before.operationId !== after.operationId;
    if (replaced && before.status === 'IN_PROGRESS') {
      const cause = isOfResource(before) ? 'CANCELLED' : 'SUPERSEDED';
      const attempt = isOfResource(before) ? before.attempt : undefined;
      this.#expect(before, before.version + 1, { status: 'FAILED', cause, attempt });
    }
    const begins = before === undefined || replaced || before.status !== 'IN_PROGRESS';
    const news =
      before?.status !== after.status ||
      phaseOf(before) !== phaseOf(after) ||
      after.change === 'OFFER' ||
      (isOfResource(after) && isOfResource(before) && before.attempt !== after.attempt);
    if (!begins && !news) return;
    const { status } = after;
    const cause = 'cause' in after ? after.cause : undefined;
    const attempt = isOfResource(after) ? after.attempt : undefined;
    this.#expect(after, after.version, { status, cause, phase: phaseOf(after), attempt });
  }

  published(event: StatusChangeEvent): void {
    const id = event.id.slice(0, event.id.lastIndexOf('/'));
    const expected = this.#expected.get(id);
    if (expected === undefined && this.#forgets) return;
    const text = JSON.stringify(event);
    holds('P14', expected, () => `published is what was not written: ${text}`);
    const { published = text } = expected;
    holds('P14', published === text, () => `the same id says something else: ${published} and ${text}`);
    const { status, cause, phase, attempt } = { phase: undefined, attempt: undefined, ...event };
    const says = [status, cause, phase, attempt].join();
    const is = [expected.status, expected.cause, expected.phase, expected.attempt].join();
    holds('P14', says === is, () => `published is ${says}, written was ${is}: ${text}`);
    if (this.#forgets) this.#expected.delete(id);
    else expected.published = text;
  }

  atRest(): void {
    for (const [id, { published, ...expected }] of this.#expected)
      holds('P14', published, () => `never published: ${id} ${JSON.stringify(expected)}`);
  }

  #expect(row: Row, version: number, expected: Expected): void {
    this.#expected.set(idOf(row, version), expected);
  }
}
