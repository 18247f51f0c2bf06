/** The ports over the table in memory, each call of which takes effect when a scheduler lets it. */

import type { CommandDependencies } from '../../lambdas/command/command.ts';
import type { Child, RowChange } from '../../lambdas/domain/consequences.ts';
import type { EffectsDependencies } from '../../lambdas/effects/effects.ts';
import type { ChildStore, HealthStore, ResourceActionStore, StackStore } from '../../lambdas/ports/stores.ts';
import { recordCanary } from '../../lambdas/shared/canary.ts';
import type { WakeDependencies } from '../../lambdas/wake/wake.ts';
import type { ManualClock } from '../support/clock.ts';
import { MemoryBus, MemoryQueue, RecordingTelemetry } from '../support/memory-services.ts';
import type { MemoryTable } from '../support/memory-table.ts';
import { RETENTION } from '../support/rows.ts';
import type { Schedule, Touched } from './explore.ts';

const reads = (...what: string[]): Touched => ({ what, writes: false });
const writes = (...what: string[]): Touched => ({ what, writes: true });
/** The resource actions of a stack are listed together: so they count as one. */
const resourcesOf = (stackId: string): string => `resources of ${stackId}`;
const payloadsOf = (stackId: string): string => `payloads of ${stackId}`;
const childrenOf = (stackId: string): string => `children of ${stackId}`;

/** What the use cases are given, and what they wrote with it. */
export interface Ports extends CommandDependencies, WakeDependencies, EffectsDependencies {
  readonly clock: ManualClock;
  readonly telemetry: RecordingTelemetry;
  readonly bus: MemoryBus;
  readonly schedule: Schedule;
  /** In their order, heartbeats too. */
  readonly written: RowChange[];
  /** Changes whose effects were applied, by the row after them. */
  readonly appliedEffects: Set<RowChange['after']>;
}

export function scheduledPorts(
  table: MemoryTable,
  clock: ManualClock,
  schedule: Schedule,
  appliedEffects: Ports['appliedEffects'] = new Set(),
): Ports {
  const written: RowChange[] = [];
  const store: StackStore = {
    load: (stackId) => schedule(reads(stackId), () => table.load(stackId)),
    loadMany: (stackIds) => schedule(reads(...stackIds), () => table.loadMany(stackIds)),
    save: (after, seen) =>
      schedule(writes(after.stackId), async () => {
        const before = table.rows.get(after.stackId);
        const result = await table.save(after, seen);
        if (result.saved) written.push({ before, after });
        return result;
      }),
  };
  const health: HealthStore = {
    load: () => schedule(reads('health'), () => table.health.load()),
    record: (found) => schedule(writes('health'), () => table.health.record(found)),
  };
  return {
    store,
    resources: scheduledResources(table, store, schedule, written),
    children: scheduledChildren(table, schedule),
    health,
    canary: {
      probe: async () => {
        await schedule(writes('health'), () => recordCanary({ health: table.health, clock }));
        return true;
      },
    },
    index: table,
    queue: new MemoryQueue(clock),
    bus: new MemoryBus(),
    clock,
    sleep: async () => undefined,
    telemetry: new RecordingTelemetry(),
    retention: RETENTION,
    history: table.history,
    historyRetention: RETENTION,
    schedule,
    written,
    appliedEffects,
  };
}

function scheduledResources(
  { resources, resourceRows }: MemoryTable,
  store: StackStore,
  schedule: Schedule,
  written: RowChange[],
): ResourceActionStore {
  const load: ResourceActionStore['load'] = (stackId, resource) =>
    schedule(reads(resourcesOf(stackId)), () => resources.load(stackId, resource));
  const storedOf = ({ stackId, resource }: { stackId: string; resource: string }) =>
    resourceRows.get(`${stackId}\n${resource}`);
  return {
    load,
    // Not read at the same moment.
    async loadWithStack(stackId, resource) {
      const [stack, row] = await Promise.all([store.load(stackId), load(stackId, resource)]);
      return { stack, resource: row };
    },
    save: (after, seen, payload) =>
      schedule(writes(resourcesOf(after.stackId), payloadsOf(after.stackId)), async () => {
        const before = storedOf(after);
        const saved = await resources.save(after, seen, payload);
        if (saved) written.push({ before, after });
        return saved;
      }),
    heartbeat: (claim, now) =>
      schedule(writes(resourcesOf(claim.stackId)), async () => {
        const before = storedOf(claim);
        const result = await resources.heartbeat(claim, now);
        if (result.recorded) written.push({ before, after: result.row });
        return result;
      }),
    list: (operation, page) =>
      schedule(reads(resourcesOf(operation.stackId)), () => resources.list(operation, page)),
    payloads: (row) => schedule(reads(payloadsOf(row.stackId)), () => resources.payloads(row)),
    expire: (row) => schedule(writes(resourcesOf(row.stackId)), () => resources.expire(row)),
    expirePayloads: (row, expiresAt) =>
      schedule(writes(payloadsOf(row.stackId)), () => resources.expirePayloads(row, expiresAt)),
    expireReplacedPayloads: (of, expiresAt) =>
      schedule(writes(payloadsOf(of.stackId)), () => resources.expireReplacedPayloads(of, expiresAt)),
  };
}

const scheduledChildren = ({ children }: MemoryTable, schedule: Schedule): ChildStore => ({
  add: (child, expiresAt) =>
    schedule(writes(childrenOf(child.parent.stackId)), () => children.add(child, expiresAt)),
  remove: (child) => schedule(writes(childrenOf(child.parent.stackId)), () => children.remove(child)),
  async *list(operation) {
    const found: Child[] = [];
    await schedule(reads(childrenOf(operation.stackId)), async () => {
      for await (const page of children.list(operation)) found.push(...page);
    });
    yield found;
  },
});
