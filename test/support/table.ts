/**
 * The table in memory: linearizable for each row. Every condition of a write is here, and only
 * here. Unit tests use it as it is (`memory-table.ts`); the simulation lets its index lag behind,
 * its calls fail and its rows expire.
 */
import type { RequestOf } from '../../contract/index.ts';
import type { Child } from '../../lambdas/domain/consequences.ts';
import type { Health } from '../../lambdas/domain/health.ts';
import { type KeptEntry, positionOf } from '../../lambdas/domain/history.ts';
import type {
  Payload,
  ResourceActionEnded,
  ResourceActionRow,
} from '../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import type { HeartbeatResult, HistoryFilter, SaveResult, SeenRow } from '../../lambdas/ports/stores.ts';
import { keyOf, type Row } from './row-key.ts';
import { Timers } from './timers.ts';

export interface StoredPayload {
  readonly operationId: string;
  readonly attempt: number;
  readonly json: string;
  readonly expiresAt?: number;
}

export interface StoredChild extends Child {
  readonly expiresAt: number;
  /** Its removal may never come, or have come already. */
  readonly mayStay: boolean;
}

/** `W`: what is known of whoever writes. */
export interface TableEvents<W> {
  /** A row was written. */
  onWrite(write: { readonly before: Row | undefined; readonly after: Row; readonly writer: W }): void;
  /** Lets the index know, when its time has come; in the order of the calls. */
  index(apply: () => void): void;
}

const isSame = (row: Row | undefined, seen: SeenRow | undefined): boolean =>
  row?.version === seen?.version && row?.operationId === seen?.operationId;

const childKeyOf = ({ parent, stackId, operationId }: Child): string =>
  [parent.stackId, stackId, operationId].join('\n');

export class Table<W> {
  readonly rows = new Map<string, StackRow>();
  /** By stack and resource. */
  readonly resourceRows = new Map<string, ResourceActionRow>();
  readonly payloads = new Map<string, StoredPayload>();
  /** By parent, stack and operation. */
  readonly childItems = new Map<string, StoredChild>();
  /** By stack and position. */
  readonly history = new Map<string, KeptEntry>();
  readonly timers = new Timers();
  /** Told of a row that TTL has deleted. */
  onExpire: (row: Row) => void = () => undefined;
  /** Rows in progress. */
  live = 0;
  health: Health = {};
  #failedStackIds: readonly string[] = [];
  #lease: { readonly holder: string; readonly until: number } | undefined;
  readonly #events: TableEvents<W>;

  constructor(events: TableEvents<W>) {
    this.#events = events;
  }

  saveStack(row: StackRow, seen: SeenRow | undefined, writer: W): SaveResult {
    const before = this.rows.get(row.stackId);
    if (!isSame(before, seen)) return { saved: false, current: before };
    this.putStack(row, writer);
    return { saved: true };
  }

  /** Whatever was there before. */
  putStack(row: StackRow, writer: W): void {
    const before = this.rows.get(row.stackId);
    this.rows.set(row.stackId, row);
    this.#written(before, row, writer);
  }

  resource(stackId: string, resource: string): ResourceActionRow | undefined {
    return this.resourceRows.get(keyOf({ stackId, resource }));
  }

  saveResource(
    row: ResourceActionRow,
    seen: SeenRow | undefined,
    payload: Payload | undefined,
    writer: W,
  ): boolean {
    if (!isSame(this.resource(row.stackId, row.resource), seen)) return false;
    this.putResource(row, writer);
    if (payload) {
      const { operationId, attempt: current, outputAttempt: attempt = current } = row;
      this.payloads.set(`${payload.kind}\n${keyOf(row)}`, { operationId, attempt, json: payload.json });
    }
    return true;
  }

  heartbeat(claim: RequestOf<'Heartbeat'>, now: number, writer: W): HeartbeatResult {
    const row = this.resource(claim.stackId, claim.resource);
    const own =
      row?.status === 'IN_PROGRESS' &&
      row.operationId === claim.operationId &&
      row.phase === 'RUNNING' &&
      row.attempt === claim.attempt &&
      row.claimId === claim.claimId &&
      row.heartbeat !== undefined &&
      now + row.heartbeat >= (row.heartbeatDeadline ?? 0);
    if (!own) return { recorded: false, row };
    const { suspicion: _, ...rest } = row;
    const { version, heartbeat = 0 } = row;
    const next = {
      ...rest,
      heartbeatDeadline: now + heartbeat,
      version: version + 1,
      change: 'HEARTBEAT',
    } as const;
    this.putResource(next, writer);
    return { recorded: true, row: next };
  }

  listResources(
    { stackId, operationId }: { stackId: string; operationId: string },
    { limit, after = '' }: { limit: number; after?: string },
  ): { rows: ResourceActionRow[]; next?: string } {
    const rows = [...this.resourceRows.values()]
      .filter((row) => row.stackId === stackId && row.resource > after)
      .sort((a, b) => (a.resource < b.resource ? -1 : 1));
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? page.at(-1)?.resource : undefined;
    return {
      rows: page.filter((row) => row.operationId === operationId),
      ...(next !== undefined && { next }),
    };
  }

  payload(row: ResourceActionRow, kind: Payload['kind']): StoredPayload | undefined {
    const stored = this.payloads.get(`${kind}\n${keyOf(row)}`);
    if (stored?.operationId !== row.operationId) return undefined;
    if (kind === 'input') return row.hasInput ? stored : undefined;
    return stored.attempt === row.outputAttempt ? stored : undefined;
  }

  /** Those that are shown, as JSON. */
  payloadsOf(row: ResourceActionRow): { input?: string; output?: string } {
    const [input, output] = [this.payload(row, 'input'), this.payload(row, 'output')];
    return { ...(input && { input: input.json }), ...(output && { output: output.json }) };
  }

  expireResource({ stackId, resource, operationId, expiresAt }: ResourceActionEnded, writer: W): void {
    const row = this.resource(stackId, resource);
    if (row?.operationId !== operationId || row.status === 'IN_PROGRESS') return;
    if (row.expiresAt > expiresAt) this.putResource({ ...row, expiresAt, change: 'EXPIRE' }, writer);
  }

  expirePayloads(row: ResourceActionRow, expiresAt: number): void {
    const expire = (kind: Payload['kind']): void => {
      const key = `${kind}\n${keyOf(row)}`;
      const stored = this.payloads.get(key);
      if (stored?.operationId === row.operationId) this.payloads.set(key, { ...stored, expiresAt });
    };
    if (row.hasInput) expire('input');
    if (row.outputAttempt !== undefined) expire('output');
  }

  expireReplacedPayloads(
    { stackId, resource }: { stackId: string; resource: string },
    expiresAt: number,
  ): void {
    for (const kind of ['input', 'output']) {
      const key = `${kind}\n${keyOf({ stackId, resource })}`;
      const stored = this.payloads.get(key);
      if (stored && stored.operationId !== this.resource(stackId, resource)?.operationId)
        this.payloads.set(key, { ...stored, expiresAt });
    }
  }

  /**
   * @param mayStay whether the write comes after whoever asked for it has stopped waiting for it.
   */
  addChild(child: Child, expiresAt: number, mayStay = false): void {
    const key = childKeyOf(child);
    const before = this.childItems.get(key)?.expiresAt ?? 0;
    if (before <= expiresAt) this.childItems.set(key, { ...child, expiresAt, mayStay });
  }

  removeChild(child: Child): void {
    this.childItems.delete(childKeyOf(child));
  }

  /** @param now TTL has deleted what had expired by then. */
  childrenOf({ stackId, operationId }: { stackId: string; operationId: string }, now = 0): Child[] {
    return [...this.childItems.values()]
      .filter(({ parent }) => parent.stackId === stackId && parent.operationId === operationId)
      .filter(({ expiresAt }) => expiresAt > now)
      .map(({ expiresAt: _, mayStay: __, ...child }) => child);
  }

  acquireLease(holder: string, now: number, until: number): readonly string[] | undefined {
    const lease = this.#lease;
    if (lease && lease.until > now && lease.holder !== holder) return undefined;
    this.#lease = { holder, until };
    return this.#failedStackIds;
  }

  releaseLease(holder: string, failedStackIds: readonly string[]): void {
    if (this.#lease?.holder !== holder) return;
    this.#lease = undefined;
    this.#failedStackIds = failedStackIds;
  }

  keep(kept: KeptEntry): void {
    this.history.set(`${kept.entry.stackId}\n${positionOf(kept.entry)}`, kept);
  }

  listHistory(
    { stackId, operationId, resource }: HistoryFilter,
    { limit, now, after }: { limit: number; now: number; after?: string },
  ) {
    const isWanted = ({ entry, expiresAt }: KeptEntry): boolean =>
      entry.stackId === stackId &&
      expiresAt > now &&
      (operationId === undefined || entry.operationId === operationId) &&
      (resource === undefined || entry.resource === resource);
    const found = [...this.history.values()]
      .filter((kept) => isWanted(kept) && (after === undefined || positionOf(kept.entry) < after))
      .sort((a, b) => (positionOf(a.entry) < positionOf(b.entry) ? 1 : -1));
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return { entries: page.map(({ entry }) => entry), ...(last && { next: positionOf(last.entry) }) };
  }

  /**
   * What is of the deployment, not of a stack, does not come with a copy of the table. What was to
   * be read from the stream is lost.
   */
  forgetDeployment(): void {
    for (const [key, child] of this.childItems) this.childItems.set(key, { ...child, mayStay: true });
    this.health = {};
    this.#lease = undefined;
    this.#failedStackIds = [];
  }

  recordHealth(health: Health): void {
    this.health = { ...this.health, ...health };
  }

  /** TTL: deletes a row that has expired, unless another one took its place. */
  expire(row: Row): boolean {
    const key = keyOf(row);
    const rows: Map<string, Row> = 'resource' in row ? this.resourceRows : this.rows;
    if (rows.get(key) !== row) return false;
    rows.delete(key);
    this.timers.apply(key, undefined);
    this.onExpire(row);
    if ('resource' in row) for (const kind of ['input', 'output']) this.payloads.delete(`${kind}\n${key}`);
    return true;
  }

  /** Whatever was there before. */
  putResource(row: ResourceActionRow, writer: W): void {
    const before = this.resourceRows.get(keyOf(row));
    this.resourceRows.set(keyOf(row), row);
    this.#written(before, row, writer);
  }

  #written(before: Row | undefined, after: Row, writer: W): void {
    if (before?.status === 'IN_PROGRESS') this.live--;
    if (after.status === 'IN_PROGRESS') this.live++;
    // These move no key of the index, unless the row was restored.
    if (before === undefined || (after.change !== 'HEARTBEAT' && after.change !== 'EXPIRE'))
      this.#events.index(() => this.timers.apply(keyOf(after), after));
    this.#events.onWrite({ before, after, writer });
  }
}
