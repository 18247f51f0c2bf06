/**
 * P15: each change that is published has one entry in the history, which was written before; there
 * is no other; and the entry is about the right attempt, at the right time and in the right place.
 */
import type { HistoryEntry } from '../../../contract/index.ts';
import { type KeptEntry, positionOf } from '../../../lambdas/domain/history.ts';
import { isOfResource, type Row, type Write } from '../row.ts';
import type { StatusChangeEvent } from '../services.ts';
import { holds } from './violation.ts';

/** What is known of a change that an entry is to be of. */
interface Expected {
  readonly attempt?: number | undefined;
  readonly engineId?: string | undefined;
  /** By the clock of whoever wrote it; undefined if that write was not to be published. */
  readonly decidedAt: number | undefined;
  /** Of those of the same row; two of one write count as two. */
  readonly order: number;
  /** It was told again, from a restored row alone: that does not tell who released it. */
  readonly restored?: true;
  /** As it was written first. */
  kept?: HistoryEntry;
}

interface Named {
  readonly stackId: string;
  readonly operationId: string;
  readonly resource?: string | undefined;
  readonly version: number;
}

/** Which change it is about, whatever its id says. */
export const keyOf = ({ stackId, operationId, resource, version }: Named): string =>
  JSON.stringify([stackId, operationId, resource, version]);

/** The attempt that a write is about: the one that ran before it, or else the one after it. */
function attemptOf({
  before,
  after,
}: Pick<Write, 'before' | 'after'>): Pick<Expected, 'attempt' | 'engineId'> {
  const ran =
    before && isOfResource(before) && 'claimId' in before && before.operationId === after.operationId;
  const row = ran ? before : after;
  if (!isOfResource(row)) return {};
  return { attempt: row.attempt, engineId: 'engineId' in row ? row.engineId : undefined };
}

const told = (entry: HistoryEntry | StatusChangeEvent): string =>
  [entry.status, 'phase' in entry ? entry.phase : undefined, entry.statusReason].join();

export class Entries {
  readonly #expected = new Map<string, Expected>();
  readonly #positions = new Map<string, string>();
  readonly #forgets: boolean;
  /** How far apart two clocks are. */
  readonly #skew: number;
  #order = 0;

  constructor(forgets: boolean, skew: number) {
    this.#forgets = forgets;
    this.#skew = 2 * skew;
  }

  /** Told of the writes that are published; and of what they replaced. */
  expect(row: Row, version: number, { before, after, writer }: Write): void {
    const { decidedAt } = writer;
    const about = attemptOf(row === after ? { before, after } : { before: row, after: row });
    this.#expected.set(keyOf({ ...row, version }), { ...about, decidedAt, order: this.#order++ });
  }

  /** The stream begins anew, with these rows, whatever was written last. */
  restored(rows: readonly Row[]): void {
    for (const row of rows) {
      const about = { ...attemptOf({ before: undefined, after: row }), decidedAt: undefined };
      const expected = this.#expected.get(keyOf(row)) ?? { ...about, order: this.#order++ };
      this.#expected.set(keyOf(row), { ...expected, restored: true });
    }
  }

  kept({ entry }: KeptEntry): void {
    const key = keyOf(entry);
    const expected = this.#expected.get(key);
    if (expected === undefined && this.#forgets) return;
    const text = JSON.stringify(entry);
    holds('P15', expected, () => `an entry of what was not published: ${text}`);
    const { kept: first = entry, attempt, restored, decidedAt = Date.parse(entry.at) } = expected;
    const isUntold = restored && entry.engineId === undefined;
    const engineId = isUntold ? undefined : expected.engineId;
    const same = JSON.stringify(isUntold ? { ...first, engineId } : first) === text;
    holds('P15', same, () => `another entry of the same change: ${JSON.stringify(first)} and ${text}`);
    expected.kept = entry;
    holds(
      'P15',
      entry.attempt === attempt && entry.engineId === engineId,
      () => `the entry is not about attempt ${attempt} of ${engineId}: ${text}`,
    );
    const off = Math.abs(Date.parse(entry.at) - decidedAt);
    holds('P15', off <= this.#skew, () => `written at ${new Date(decidedAt).toISOString()}: ${text}`);
    const position = `${entry.stackId} ${positionOf(entry)}`;
    const other = this.#positions.get(position) ?? key;
    holds('P15', other === key, () => `${key} takes the place of ${other}`);
    if (!this.#forgets) this.#positions.set(position, key);
  }

  published(event: StatusChangeEvent): void {
    const key = keyOf(event);
    const expected = this.#expected.get(key);
    if (expected === undefined && this.#forgets) return;
    const kept = expected?.kept;
    holds('P15', kept, () => `published without an entry: ${JSON.stringify(event)}`);
    const same = told(kept) === told(event) && event.id.endsWith(`/${kept.transition}`);
    holds('P15', same, () => `kept is ${JSON.stringify(kept)}, published ${JSON.stringify(event)}`);
    if (this.#forgets) this.#expected.delete(key);
  }

  /** The entries of a row stand in the order of its changes, as far as the clocks agree. */
  atRest(): void {
    const ofRows = Map.groupBy(this.#expected.values(), ({ kept }) =>
      JSON.stringify([kept?.stackId, kept?.resource]),
    );
    for (const changes of ofRows.values()) {
      let last: HistoryEntry | undefined;
      for (const { kept } of changes.toSorted((a, b) => a.order - b.order)) {
        if (kept === undefined) continue;
        const isApart = last && Math.abs(Date.parse(kept.at) - Date.parse(last.at)) > 0;
        const isInOrder = last === undefined || positionOf(last) < positionOf(kept);
        const told = () => `${JSON.stringify(kept)} stands before ${JSON.stringify(last)}`;
        holds('P15', isInOrder || (isApart && this.#skew > 0), told);
        last = kept;
      }
    }
  }
}
