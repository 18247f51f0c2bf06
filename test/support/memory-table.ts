import type { RequestOf } from '../../contract/index.ts';
import type { Child, RowChange } from '../../lambdas/domain/consequences.ts';
import type { Health } from '../../lambdas/domain/health.ts';
import type { Payload, ResourceActionRow } from '../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import { shardOf } from '../../lambdas/domain/timer.ts';
import type {
  ChildStore,
  HealthStore,
  ResourceActionStore,
  SeenRow,
  StackStore,
  SweepLease,
  TimerEntry,
  TimerIndex,
} from '../../lambdas/ports/stores.ts';

const keyOf = ({ stackId, resource }: { stackId: string; resource?: string }): string =>
  resource === undefined ? stackId : `${stackId}\n${resource}`;

const childKeyOf = ({ parent, stackId, operationId }: Child): string =>
  [parent.stackId, stackId, operationId].join('\n');

const isSame = (row: StackRow | ResourceActionRow | undefined, seen: SeenRow | undefined): boolean =>
  row?.version === seen?.version && row?.operationId === seen?.operationId;

/** An input or an output, as it is stored. */
interface StoredPayload {
  readonly operationId: string;
  readonly attempt: number;
  readonly json: string;
  readonly expiresAt?: number;
}

/** The table in memory: rows, the timer index over them, the sweep's lease, and the stream of changes. */
export class MemoryTable implements StackStore, TimerIndex, SweepLease {
  readonly rows = new Map<string, StackRow>();
  readonly resourceRows = new Map<string, ResourceActionRow>();
  readonly payloads = new Map<string, StoredPayload>();
  readonly childItems = new Map<string, Child>();
  readonly stream: RowChange[] = [];
  #lease: { holder: string; until: number } | undefined;
  #failedStackIds: readonly string[] = [];
  #health: Health = {};

  async load(stackId: string) {
    return this.rows.get(stackId);
  }

  async loadMany(stackIds: readonly string[]) {
    return stackIds.flatMap((stackId) => this.rows.get(stackId) ?? []);
  }

  async save(row: StackRow, seen: SeenRow | undefined) {
    const before = this.rows.get(row.stackId);
    if (!isSame(before, seen)) return { saved: false as const, current: before };
    this.rows.set(row.stackId, row);
    this.stream.push({ before, after: row });
    return { saved: true as const };
  }

  readonly resources: ResourceActionStore = {
    load: async (stackId, resource) => this.resourceRows.get(keyOf({ stackId, resource })),
    loadWithStack: async (stackId, resource) => ({
      stack: this.rows.get(stackId),
      resource: this.resourceRows.get(keyOf({ stackId, resource })),
    }),
    save: async (row, seen, payload) => {
      if (!isSame(this.resourceRows.get(keyOf(row)), seen)) return false;
      this.#write(row);
      if (payload) this.#putPayload(row, payload);
      return true;
    },
    heartbeat: async (claim, now) => this.#heartbeat(claim, now),
    list: async ({ stackId, operationId }, { limit, after = '' }) => {
      const rows = [...this.resourceRows.values()]
        .filter((row) => row.stackId === stackId && row.resource > after)
        .sort((a, b) => (a.resource < b.resource ? -1 : 1));
      const page = rows.slice(0, limit);
      const next = rows.length > limit ? page.at(-1)?.resource : undefined;
      return {
        rows: page.filter((row) => row.operationId === operationId),
        ...(next !== undefined && { next }),
      };
    },
    payloads: async (row) => {
      const [input, output] = [this.#payloadOf(row, 'input'), this.#payloadOf(row, 'output')];
      return {
        ...(row.hasInput && input && { input: input.json }),
        ...(output && output.attempt === row.outputAttempt && { output: output.json }),
      };
    },
    expire: async (row) => {
      const stored = this.resourceRows.get(keyOf(row));
      if (stored?.operationId !== row.operationId || stored.status === 'IN_PROGRESS') return;
      const { expiresAt } = row;
      if (stored.expiresAt > expiresAt) this.#write({ ...stored, expiresAt, change: 'EXPIRE' });
    },
    expirePayloads: async (row, expiresAt) => {
      for (const kind of ['input', 'output'] as const) {
        const stored = this.#payloadOf(row, kind);
        if (stored) this.payloads.set(`${kind}\n${keyOf(row)}`, { ...stored, expiresAt });
      }
    },
  };

  readonly children: ChildStore = {
    add: async (child) => {
      this.childItems.set(childKeyOf(child), child);
    },
    remove: async (child) => {
      this.childItems.delete(childKeyOf(child));
    },
    list: (operation) => this.#childrenOf(operation),
  };

  readonly health: HealthStore = {
    load: async () => this.#health,
    record: async (health) => {
      this.#health = { ...this.#health, ...health };
    },
  };

  async *#childrenOf({ stackId, operationId }: { stackId: string; operationId: string }) {
    yield [...this.childItems.values()].filter(
      ({ parent }) => parent.stackId === stackId && parent.operationId === operationId,
    );
  }

  #write(row: ResourceActionRow): void {
    const before = this.resourceRows.get(keyOf(row));
    this.resourceRows.set(keyOf(row), row);
    // The stream's filter drops these; the next change still has the row as they left it for its old image.
    if (row.change !== 'HEARTBEAT' && row.change !== 'EXPIRE') this.stream.push({ before, after: row });
  }

  #putPayload(row: ResourceActionRow, { kind, json }: Payload): void {
    const { operationId, attempt: current, outputAttempt: attempt = current } = row;
    this.payloads.set(`${kind}\n${keyOf(row)}`, { operationId, attempt, json });
  }

  #payloadOf(row: ResourceActionRow, kind: Payload['kind']): StoredPayload | undefined {
    const stored = this.payloads.get(`${kind}\n${keyOf(row)}`);
    return stored?.operationId === row.operationId ? stored : undefined;
  }

  #heartbeat(claim: RequestOf<'Heartbeat'>, now: number) {
    const row = this.resourceRows.get(keyOf(claim));
    const own =
      row?.status === 'IN_PROGRESS' &&
      row.phase === 'RUNNING' &&
      row.operationId === claim.operationId &&
      row.attempt === claim.attempt &&
      row.claimId === claim.claimId &&
      row.heartbeat !== undefined &&
      now + row.heartbeat >= (row.heartbeatDeadline ?? 0);
    if (!own) return { recorded: false as const, row };
    const { version, heartbeat = 0 } = row;
    const moved = { heartbeatDeadline: now + heartbeat, version: version + 1, change: 'HEARTBEAT' } as const;
    this.#write({ ...row, ...moved });
    return { recorded: true as const, row: { ...row, ...moved } };
  }

  async list(
    shard: string,
    { limit, after, dueBefore = Number.POSITIVE_INFINITY }: Parameters<TimerIndex['list']>[1],
  ) {
    const entries = [...this.rows.values(), ...this.resourceRows.values()]
      .flatMap((row): TimerEntry[] => {
        if (row.status !== 'IN_PROGRESS') return [];
        const { stackId, timer } = row;
        return [{ stackId, ...('resource' in row && { resource: row.resource }), dueAt: timer.dueAt }];
      })
      .filter((entry) => shardOf(entry) === shard && entry.dueAt < dueBefore)
      .sort((a, b) => a.dueAt - b.dueAt || (keyOf(a) < keyOf(b) ? -1 : 1));
    const isAfter = (entry: TimerEntry) =>
      after === undefined ||
      entry.dueAt > after.dueAt ||
      (entry.dueAt === after.dueAt && keyOf(entry) > keyOf(after));
    const rest = entries.filter(isAfter);
    return { entries: rest.slice(0, limit), more: rest.length > limit };
  }

  async acquire(holder: string, now: number, until: number) {
    if (this.#lease && this.#lease.until > now && this.#lease.holder !== holder) return undefined;
    this.#lease = { holder, until };
    return this.#failedStackIds;
  }

  async release(holder: string, failedStackIds: readonly string[]) {
    if (this.#lease?.holder !== holder) return;
    this.#lease = undefined;
    this.#failedStackIds = failedStackIds;
  }
}
