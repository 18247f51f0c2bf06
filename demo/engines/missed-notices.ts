/**
 * That an engine was declared lost is told by the log, to the millisecond. The local cloud may withhold a line until
 * the function is invoked again: then the row tells, a little later than it happened.
 */
import type { ResourceAction } from '../../contract/index.ts';
import { isSamePiece } from './history.ts';
import type { Entry, Journal } from './journal.ts';

/** How long the log is waited for. */
const PATIENCE_MS = 3000;
/** An attempt lasts longer than this: what is told within it is told of the same one. */
const SAME_MS = 4000;

type Notice = Extract<Entry, { kind: 'noticed' }>;

export interface MissedNotices {
  /** Adds what a row shows and the log has not told. */
  look(row: ResourceAction, journal: Journal): void;
  /** Whether what the log tells now was added before. */
  wasInferred(notice: Notice): boolean;
}

export function createMissedNotices(now: () => number = Date.now): MissedNotices {
  const firstSeen = new Map<string, number>();
  const inferred: Notice[] = [];
  return {
    look(row, { entries, add }) {
      const { operationId, resource, attempt } = row;
      if (attempt === 1) return;
      const key = `${operationId}\n${resource}\n${attempt}`;
      const seenAt = firstSeen.get(key) ?? now();
      firstSeen.set(key, seenAt);
      const about = entries.filter((entry) => 'resource' in entry && isSamePiece(entry, row));
      // Nothing else than a lost engine makes an attempt fail here.
      const told = about.filter(({ kind }) => kind === 'noticed').length;
      if (told >= attempt - 1 || now() - seenAt < PATIENCE_MS) return;
      const claim = about.find(
        (entry) => entry.kind === 'work' && entry.did === 'claimed' && entry.attempt === attempt,
      );
      const at = Math.min(seenAt, (claim?.at ?? Number.POSITIVE_INFINITY) - 1);
      const notice: Notice = { at, kind: 'noticed', operationId, resource };
      inferred.push(notice);
      add(notice);
    },
    wasInferred: (notice) =>
      inferred.some((one) => isSamePiece(one, notice) && Math.abs(one.at - notice.at) < SAME_MS),
  };
}
