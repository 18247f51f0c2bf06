/** What follows from a journal: who holds what, and what became of the attempts whose engine was killed or stopped. */
import { type EngineAttempt, type Entry, inOrder, type Piece } from './journal.ts';

export interface Held extends EngineAttempt {
  readonly since: number;
}

/** An attempt whose engine was killed or stopped in the middle of it. */
export interface Loss extends EngineAttempt {
  readonly how: 'killed' | 'stopped';
  readonly at: number;
  /** When the engine was declared lost. */
  readonly noticedAt?: number;
  /** The claim of a later attempt. */
  readonly next?: { readonly engine: string; readonly attempt: number; readonly at: number };
  /** When the resource action ended for good. */
  readonly endedAt?: number;
}

export const isSamePiece = (a: Piece, b: Piece): boolean =>
  a.operationId === b.operationId && a.resource === b.resource;

export const isSameAttempt = (a: EngineAttempt, b: EngineAttempt): boolean =>
  isSamePiece(a, b) && a.attempt === b.attempt && a.engine === b.engine;

/** The attempts that an engine has at work, as far as is known. */
export function heldBy(engine: string, entries: readonly Entry[]): Held[] {
  let held: Held[] = [];
  for (const entry of inOrder(entries)) {
    if (!('resource' in entry)) continue;
    if (entry.kind === 'work' && entry.did === 'claimed') {
      held = held.filter((one) => !isSamePiece(one, entry));
      const { operationId, resource, attempt, engine, at } = entry;
      held.push({ operationId, resource, attempt, engine, since: at });
    } else if (
      entry.kind === 'noticed' ||
      entry.kind === 'resourceEnded' ||
      (entry.kind === 'work' && entry.did === 'completed')
    ) {
      held = held.filter((one) => !isSamePiece(one, entry));
    }
  }
  return held.filter((one) => one.engine === engine);
}

/** In the order of time. */
export function lossesOf(entries: readonly Entry[]): Loss[] {
  const ordered = inOrder(entries);
  return ordered.flatMap((entry, index) => {
    if (entry.kind !== 'engine' || (entry.did !== 'killed' && entry.did !== 'stopped')) return [];
    const { engine, did: how, at } = entry;
    const after = ordered.slice(index + 1);
    return heldBy(engine, ordered.slice(0, index))
      .map(({ since: _, ...attempt }): Loss => ({ ...attempt, how, at, ...fateOf(attempt, after) }))
      .filter((loss) => !wasCompleted(loss, after));
  });
}

/** An engine may die between the completion and the line that tells of it. */
const wasCompleted = (loss: Loss, after: readonly Entry[]): boolean =>
  after.some(
    (entry) =>
      entry.kind === 'resourceEnded' &&
      entry.status === 'COMPLETE' &&
      entry.attempt === loss.attempt &&
      isSamePiece(entry, loss),
  );

function fateOf(lost: EngineAttempt, after: readonly Entry[]): Pick<Loss, 'noticedAt' | 'next' | 'endedAt'> {
  const about = after.filter((entry) => 'resource' in entry && isSamePiece(entry, lost));
  const noticed = about.find(({ kind }) => kind === 'noticed');
  const ended = about.find(({ kind }) => kind === 'resourceEnded');
  const next = about.find(
    (entry) => entry.kind === 'work' && entry.did === 'claimed' && entry.attempt > lost.attempt,
  );
  return {
    ...(noticed && { noticedAt: noticed.at }),
    ...(ended && { endedAt: ended.at }),
    ...(next?.kind === 'work' && { next: { engine: next.engine, attempt: next.attempt, at: next.at } }),
  };
}
