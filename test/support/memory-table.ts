import type { Child, RowChange } from '../../lambdas/domain/consequences.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import type {
  ChildStore,
  HealthStore,
  HistoryStore,
  ResourceActionStore,
  SeenRow,
  StackStore,
  SweepLease,
  TimerIndex,
} from '../../lambdas/ports/stores.ts';
import { Table } from './table.ts';

/** The stores over a table in memory that answers at once, and the stream of its changes. */
export class MemoryTable implements StackStore, TimerIndex, SweepLease {
  readonly stream: RowChange[] = [];
  readonly #table = new Table<void>({
    index: (apply) => apply(),
    onWrite: ({ before, after }) => {
      // The stream's filters drop these; the next change still has the row as they left it for its
      // old image.
      if (before === undefined || (after.change !== 'HEARTBEAT' && after.change !== 'EXPIRE'))
        this.stream.push({ before, after } as RowChange);
    },
  });
  readonly rows = this.#table.rows;
  readonly resourceRows = this.#table.resourceRows;
  readonly payloads = this.#table.payloads;
  readonly childItems = this.#table.childItems;
  readonly entries = this.#table.history;

  async load(stackId: string) {
    return this.rows.get(stackId);
  }

  async loadMany(stackIds: readonly string[]) {
    return stackIds.flatMap((stackId) => this.rows.get(stackId) ?? []);
  }

  async save(row: StackRow, seen: SeenRow | undefined) {
    return this.#table.saveStack(row, seen);
  }

  async list(...[shard, query]: Parameters<TimerIndex['list']>) {
    return this.#table.timers.list(shard, query);
  }

  async acquire(...[holder, now, until]: Parameters<SweepLease['acquire']>) {
    return this.#table.acquireLease(holder, now, until);
  }

  async release(...[holder, failedStackIds]: Parameters<SweepLease['release']>) {
    this.#table.releaseLease(holder, failedStackIds);
  }

  readonly resources: ResourceActionStore = {
    load: async (stackId, resource) => this.#table.resource(stackId, resource),
    loadWithStack: async (stackId, resource) => ({
      stack: this.rows.get(stackId),
      resource: this.#table.resource(stackId, resource),
    }),
    save: async (row, seen, payload) => this.#table.saveResource(row, seen, payload),
    heartbeat: async (claim, now) => this.#table.heartbeat(claim, now),
    list: async (operation, page) => this.#table.listResources(operation, page),
    payloads: async (row) => this.#table.payloadsOf(row),
    expire: async (row) => this.#table.expireResource(row),
    expirePayloads: async (row, expiresAt) => this.#table.expirePayloads(row, expiresAt),
    expireReplacedPayloads: async (of, expiresAt) => this.#table.expireReplacedPayloads(of, expiresAt),
  };

  readonly children: ChildStore = {
    add: async (child, expiresAt) => this.#table.addChild(child, expiresAt),
    remove: async (child) => this.#table.removeChild(child),
    list: (operation) => this.#childrenOf(operation),
  };

  readonly health: HealthStore = {
    load: async () => this.#table.health,
    record: async (health) => this.#table.recordHealth(health),
  };

  readonly history: HistoryStore = {
    add: async (entries) => {
      for (const one of entries) this.#table.keep(one);
    },
    list: async (filter, page) => this.#table.listHistory(filter, page),
  };

  async *#childrenOf(operation: { stackId: string; operationId: string }): AsyncGenerator<Child[]> {
    yield this.#table.childrenOf(operation);
  }
}
