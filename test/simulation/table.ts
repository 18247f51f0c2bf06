/**
 * The table: linearizable for each row. Every condition of a write is here, and only here. Its index lags behind, and
 * what is written goes to the stream.
 */
import type { RequestOf } from '../../contract/index.ts';
import type { Child } from '../../lambdas/domain/consequences.ts';
import type { Health } from '../../lambdas/domain/health.ts';
import type {
  Payload,
  ResourceActionEnded,
  ResourceActionRow,
} from '../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import type { HeartbeatResult, SaveResult, SeenRow } from '../../lambdas/ports/stores.ts';
import { keyOf, type Row, type Write, type Writer } from './row.ts';
import { Timers } from './timers.ts';

export interface StoredPayload {
  readonly operationId: string;
  readonly attempt: number;
  readonly json: string;
  readonly expiresAt?: number;
}

export interface StoredChild extends Child {
  readonly late: boolean;
}

export interface TableEvents {
  now(): number;
  /** A row was written. */
  onWrite(write: Write): void;
  /** Lets the index know, when its time has come; in the order of the calls. */
  index(apply: () => void): void;
}

const isSame = (row: Row | undefined, seen: SeenRow | undefined): boolean =>
  row?.version === seen?.version && row?.operationId === seen?.operationId;

export class Table {
  readonly stacks = new Map<string, StackRow>();
  readonly resources = new Map<string, Map<string, ResourceActionRow>>();
  readonly payloads = new Map<string, StoredPayload>();
  readonly children = new Map<string, Map<string, StoredChild>>();
  readonly timers = new Timers();
  /** Told of a row that TTL has deleted. */
  onExpire: (row: Row) => void = () => undefined;
  /** Rows in progress. */
  live = 0;
  health: Health = {};
  #failedStackIds: readonly string[] = [];
  #lease: { readonly holder: string; readonly until: number } | undefined;
  readonly #events: TableEvents;

  constructor(events: TableEvents) {
    this.#events = events;
  }

  saveStack(row: StackRow, seen: SeenRow | undefined, writer: Writer): SaveResult {
    const before = this.stacks.get(row.stackId);
    if (!isSame(before, seen)) return { saved: false, current: before };
    this.putStack(row, writer);
    return { saved: true };
  }

  /** Whatever was there before. */
  putStack(row: StackRow, writer: Writer): void {
    const before = this.stacks.get(row.stackId);
    this.stacks.set(row.stackId, row);
    this.#written({ before, after: row, writer, at: this.#events.now() });
  }

  resource(stackId: string, resource: string): ResourceActionRow | undefined {
    return this.resources.get(stackId)?.get(resource);
  }

  saveResource(
    row: ResourceActionRow,
    seen: SeenRow | undefined,
    payload: Payload | undefined,
    writer: Writer,
  ): boolean {
    if (!isSame(this.resource(row.stackId, row.resource), seen)) return false;
    this.putResource(row, writer);
    if (payload) {
      const { operationId, attempt: current, outputAttempt: attempt = current } = row;
      this.payloads.set(`${payload.kind}\n${keyOf(row)}`, { operationId, attempt, json: payload.json });
    }
    return true;
  }

  heartbeat(claim: RequestOf<'Heartbeat'>, now: number, writer: Writer): HeartbeatResult {
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
    const { version, heartbeat = 0 } = row;
    const next = {
      ...row,
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
    const rows = [...(this.resources.get(stackId)?.values() ?? [])]
      .filter(({ resource }) => resource > after)
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

  expireResource({ stackId, resource, operationId, expiresAt }: ResourceActionEnded, writer: Writer): void {
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

  /** @param late whether the write comes after whoever asked for it has stopped waiting for it. */
  addChild(child: Child, late = false): void {
    const { parent, stackId, operationId } = child;
    const siblings = this.children.get(parent.stackId) ?? new Map<string, StoredChild>();
    this.children.set(parent.stackId, siblings);
    siblings.set(`${stackId}\n${operationId}`, { ...child, late });
  }

  removeChild({ parent, stackId, operationId }: Child): void {
    this.children.get(parent.stackId)?.delete(`${stackId}\n${operationId}`);
  }

  childrenOf({ stackId, operationId }: { stackId: string; operationId: string }): Child[] {
    return [...(this.children.get(stackId)?.values() ?? [])]
      .filter(({ parent }) => parent.operationId === operationId)
      .map(({ late: _, ...child }) => child);
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

  /** TTL: deletes a row that has expired, unless another one took its place. */
  expire(row: Row): boolean {
    const key = keyOf(row);
    const rows: Map<string, Row> | undefined =
      'resource' in row ? this.resources.get(row.stackId) : this.stacks;
    if (rows?.get('resource' in row ? row.resource : key) !== row) return false;
    rows.delete('resource' in row ? row.resource : key);
    this.onExpire(row);
    if ('resource' in row) for (const kind of ['input', 'output']) this.payloads.delete(`${kind}\n${key}`);
    return true;
  }

  /** Whatever was there before. */
  putResource(row: ResourceActionRow, writer: Writer): void {
    const rows = this.resources.get(row.stackId) ?? new Map<string, ResourceActionRow>();
    this.resources.set(row.stackId, rows);
    const before = rows.get(row.resource);
    rows.set(row.resource, row);
    this.#written({ before, after: row, writer, at: this.#events.now() });
  }

  #written(write: Write): void {
    const { before, after } = write;
    if (before?.status === 'IN_PROGRESS') this.live--;
    if (after.status === 'IN_PROGRESS') this.live++;
    // These move no key of the index.
    if (after.change !== 'HEARTBEAT' && after.change !== 'EXPIRE')
      this.#events.index(() => this.timers.apply(keyOf(after), after));
    this.#events.onWrite(write);
  }
}
