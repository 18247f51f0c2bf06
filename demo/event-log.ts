/** The event log of a run: events of the bus, signals to engines, and what engines report. */
import type { AttemptKey } from '../client/index.ts';
import type { OperationStatusChange, ResourceActionStatusChange } from '../contract/index.ts';

/** The heartbeat timeout of every resource action here. A claim sets its first deadline. */
export const HEARTBEAT_SECONDS = 5;

/** `at`: milliseconds since 1970. */
type EntryOf<K, Fields> = Fields & { readonly kind: K; readonly at: number };
type OperationEntry = EntryOf<'operation', { readonly change: OperationStatusChange }>;
type ResourceEntry = EntryOf<'resource', { readonly change: ResourceActionStatusChange }>;
type Did = 'started' | 'killed' | 'stopped' | 'continued';
type EngineEntry = EntryOf<'engine', { readonly engine: string; readonly did: Did }>;
/** An engine was told to stop an attempt that it had lost. */
type FencedEntry = EntryOf<'fenced', AttemptKey & { readonly engine: string }>;
export type Entry = OperationEntry | ResourceEntry | EngineEntry | FencedEntry;

/** An event of the bus. Its time is in the event where possible, else the time of receipt. */
export function readEvent(body: string, receivedAt: number): Entry {
  const { detail } = JSON.parse(body) as { detail: OperationStatusChange | ResourceActionStatusChange };
  if (!('resource' in detail))
    return { kind: 'operation', at: Date.parse(detail.endedAt ?? detail.startedAt), change: detail };
  const { endedAt = '', heartbeatDeadline = '' } = detail;
  const claimedAt = Date.parse(heartbeatDeadline) - HEARTBEAT_SECONDS * 1000;
  return { kind: 'resource', at: Date.parse(endedAt) || claimedAt || receivedAt, change: detail };
}

/** Returns false for a repeated event: the bus delivers each at least once. */
export function addEntry(entries: Entry[], entry: Entry): boolean {
  const isSame = (one: Entry) => 'change' in one && 'change' in entry && one.change.id === entry.change.id;
  return !entries.some(isSame) && entries.push(entry) > 0;
}

/** The changes of each resource action by version. None is later than the one after it. */
export function resourceChanges(entries: readonly Entry[]): ResourceEntry[][] {
  const changes = entries.filter((one) => one.kind === 'resource');
  const groups = Map.groupBy(changes, ({ change }) => `${change.operationId} ${change.resource}`);
  return [...groups.values()].map((group) => {
    const sorted = group.toSorted((a, b) => a.change.version - b.change.version);
    return sorted.map((one, n) => ({ ...one, at: Math.min(...sorted.slice(n).map(({ at }) => at)) }));
  });
}

export interface Attempt extends AttemptKey {
  readonly engine: string;
  readonly claimedAt: number;
  /** The signal that hit its engine during the attempt. */
  readonly lost: EngineEntry | undefined;
  readonly end: ResourceEntry | undefined;
  /** The claim of the next attempt. */
  readonly next: ResourceEntry | undefined;
}

/** The attempts that engines claimed. */
export function attemptsOf(entries: readonly Entry[]): Attempt[] {
  const signals = entries.filter((one) => one.kind === 'engine');
  const losses = signals.filter(({ did }) => did === 'killed' || did === 'stopped');
  const isClaim = ({ change }: ResourceEntry) => change.phase === 'RUNNING';
  return resourceChanges(entries).flatMap((changes) =>
    changes.flatMap((claim, n) => {
      if (!isClaim(claim)) return [];
      const { engineId: engine = '', ...change } = claim.change;
      const [end, ...later] = changes.slice(n + 1);
      // A completion that was on its way when the signal came is no loss.
      const isOver = (at: number) => end && (end.at <= at || end.change.status === 'COMPLETE');
      const lost = losses.find((one) => one.engine === engine && one.at >= claim.at && !isOver(one.at));
      return [{ ...change, engine, claimedAt: claim.at, lost, end, next: later.find(isClaim) }];
    }),
  );
}

/** The signal that hit the engine during an attempt. */
export const lossOf = (key: AttemptKey, entries: readonly Entry[]) =>
  attemptsOf(entries).find((one) => isSameAttempt(one, key))?.lost;

export const isSameAttempt = (a: AttemptKey, b: AttemptKey): boolean =>
  a.operationId === b.operationId && a.resource === b.resource && a.attempt === b.attempt;

/** The changes with which operations and resource actions ended. */
export const endsOf = (entries: readonly Entry[]) =>
  entries.flatMap((one) => ('change' in one && one.change.status !== 'IN_PROGRESS' ? one.change : []));
