/**
 * The ports of the use cases, as one process has them: every call goes over the services, and may
 * go wrong.
 */
import { batchesOf } from '../../lambdas/adapters/batches.ts';
import { untilTaken } from '../../lambdas/adapters/until-taken.ts';
import type { ArmDependencies } from '../../lambdas/arm/arm.ts';
import type { CommandDependencies } from '../../lambdas/command/command.ts';
import type { KeptEntry } from '../../lambdas/domain/history.ts';
import type { EffectsDependencies } from '../../lambdas/effects/effects.ts';
import type { DelayedWakeUp } from '../../lambdas/ports/messaging.ts';
import type {
  HistoryStore,
  ResourceActionStore,
  StackStore,
  TimerIndex,
} from '../../lambdas/ports/stores.ts';
import type { Telemetry } from '../../lambdas/ports/telemetry.ts';
import type { SweepDependencies } from '../../lambdas/sweep/sweep.ts';
import type { WakeDependencies } from '../../lambdas/wake/wake.ts';
import { DEPLOYED_DEFAULTS } from '../support/defaults.ts';
import { readOf, writeOf } from './faults.ts';
import type { Process } from './process.ts';
import { isLate, keyOf, type Row, type Writer } from './row.ts';
import type { Services, StatusChangeEvent } from './services.ts';

export type Ports = CommandDependencies &
  ArmDependencies &
  EffectsDependencies &
  WakeDependencies &
  SweepDependencies;

/** Asks the command function; false if there was no answer. */
export type Probe = (process: Process) => Promise<boolean>;

/** What one call of a batch interface takes. */
const BATCH = 10;

export function portsOf(services: Services, process: Process, probe: Probe): Ports {
  const { table, scheduler, faults, tell } = services;
  const writer = (): Writer => ({
    process,
    decidedAt: process.clock.now(),
    askedAt: services.agenda.now,
  });
  const telemetry: Telemetry = {
    record: (observation) => {
      if (tell && observation.kind === 'failed') tell(process.name, `failed: ${observation.error}`);
    },
  };
  return {
    store: stackStore(services, process, writer),
    resources: resourceStore(services, process, writer),
    children: {
      add(child, expiresAt) {
        const by = writer();
        const add = () => table.addChild(child, expiresAt, isLate(by, services.agenda.now));
        return process.call('table', `add child ${child.stackId}`, add, writeOf(child.parent.stackId));
      },
      remove: (child) =>
        process.call(
          'table',
          `remove child ${child.stackId}`,
          () => table.removeChild(child),
          writeOf(child.parent.stackId),
        ),
      async *list(operation) {
        yield await process.call(
          'table',
          `list children of ${operation.operationId}`,
          () => table.childrenOf(operation, services.agenda.now),
          readOf(operation.stackId),
        );
      },
    },
    health: {
      load: () => process.call('table', 'load health', () => table.health),
      record: (health) =>
        process.call('table', `record health ${JSON.stringify(health)}`, () => {
          table.recordHealth(health);
        }),
    },
    history: historyStore(services, process),
    lease: {
      acquire: (holder, now, until) =>
        process.call('table', 'acquire the lease', () => table.acquireLease(holder, now, until)),
      release: (holder, failed) =>
        process.call('table', 'release the lease', () => table.releaseLease(holder, failed)),
    },
    index: timerIndex(services, process),
    canary: { probe: () => probe(process) },
    queue: {
      async send(messages) {
        const send = (batch: readonly DelayedWakeUp[]) =>
          process.call('timerQueue', `send ${batch.length} wake-ups`, () =>
            faults.takeEach(batch, process.random, ({ wakeUp, delaySeconds }) =>
              services.timerQueue.send(JSON.stringify(wakeUp), delaySeconds * 1000),
            ),
          );
        const untaken = batchesOf(messages, BATCH).map((batch) => untilTaken(batch, send, process.pauseFor));
        return (await Promise.all(untaken)).flat();
      },
    },
    schedules: {
      create: (schedule) =>
        process
          .call('scheduler', 'create a schedule', () => scheduler.create(schedule))
          .then(() => 'created' as const, unavailable),
      delete: (name) =>
        process
          .call('scheduler', 'delete a schedule', () => scheduler.delete(name))
          .then(() => 'deleted' as const, unavailable),
    },
    bus: {
      async publish(events) {
        const publish = (batch: readonly StatusChangeEvent[]) =>
          process.call('bus', `publish ${batch.length} events`, () =>
            faults.takeEach(batch, process.random, (event) => services.publish(event)),
          );
        for (const batch of batchesOf(events, BATCH)) {
          const { length } = await untilTaken(batch, publish, process.pauseFor);
          if (length > 0) throw new Error(`the bus did not take ${length} events`);
        }
      },
    },
    clock: process.clock,
    sleep: (milliseconds) => process.sleep(milliseconds),
    telemetry,
    ...DEPLOYED_DEFAULTS,
    retention: services.retention,
    historyRetention: services.retention,
  };
}

/** BatchWriteItem takes so many. */
const ENTRIES = 25;

function historyStore({ table, faults, keep }: Services, process: Process): HistoryStore {
  /** What the partition of its stack does not take is left. */
  const isLeft = ({ entry: { stackId } }: KeptEntry): boolean =>
    faults.downUntil('table', writeOf(stackId)) !== undefined ||
    faults.ofCarrier('not taken', process.random);
  const put = (batch: readonly KeptEntry[]) =>
    process.call('table', `keep ${batch.length} entries`, () =>
      batch.filter((one) => {
        const left = isLeft(one);
        if (!left) keep(one);
        return left;
      }),
    );
  return {
    async add(entries) {
      const left = batchesOf(entries, ENTRIES).map((batch) => untilTaken(batch, put, process.pauseFor));
      const { length } = (await Promise.all(left)).flat();
      if (length > 0) throw new Error(`the table did not take ${length} entries`);
    },
    list: (filter, page) =>
      process.call(
        'table',
        `list the history of ${filter.stackId}`,
        () => table.listHistory(filter, page),
        readOf(filter.stackId),
      ),
  };
}

const unavailable = () => 'unavailable' as const;

/** Remembers what a process has read. */
function reading<R extends Row>(process: Process, key: string, row: R | undefined): R | undefined {
  process.seen.set(key, row);
  return row;
}

function stackStore({ table }: Services, process: Process, writer: () => Writer): StackStore {
  const read = (stackId: string) => reading(process, stackId, table.rows.get(stackId));
  return {
    load: (stackId) => process.call('table', `load ${stackId}`, () => read(stackId), readOf(stackId)),
    loadMany: (stackIds) =>
      process.call('table', `load ${stackIds.length} stacks`, () => stackIds.flatMap((id) => read(id) ?? [])),
    save(row, seen) {
      const by = writer();
      const save = () => {
        const result = table.saveStack(row, seen, by);
        reading(process, row.stackId, result.saved ? row : result.current);
        return result;
      };
      const what = `save ${row.stackId} ${row.change} over version ${seen?.version}`;
      return process.call('table', what, save, writeOf(row.stackId));
    },
  };
}

function resourceStore(
  { table, faults }: Services,
  process: Process,
  writer: () => Writer,
): ResourceActionStore {
  const read = (stackId: string, resource: string) =>
    reading(process, keyOf({ stackId, resource }), table.resource(stackId, resource));
  /** DynamoDB may leave a part of a batch to be asked for again. */
  const left = async (): Promise<void> => {
    if (faults.ofCarrier('not taken', process.random)) await process.sleep(process.random.between(20, 2000));
  };
  return {
    load: (stackId, resource) =>
      process.call('table', `load ${stackId}/${resource}`, () => read(stackId, resource), readOf(stackId)),
    async loadWithStack(stackId, resource) {
      // Both at once, though each at a moment of its own.
      const what = `load ${stackId}/${resource} with its stack`;
      const partition = readOf(stackId);
      const [stack, row] = await Promise.all([
        process.call('table', what, () => reading(process, stackId, table.rows.get(stackId)), partition),
        left().then(() => process.call('table', what, () => read(stackId, resource), partition)),
      ]);
      process.readWith.set(keyOf({ stackId, resource }), stack);
      return { stack, resource: row };
    },
    save(row, seen, payload) {
      const by = { ...writer(), stack: process.readWith.get(keyOf(row)) };
      const what = `save ${row.stackId}/${row.resource} ${row.change} over version ${seen?.version}`;
      const save = () => {
        const saved = table.saveResource(row, seen, payload, by);
        if (saved) reading(process, keyOf(row), row);
        return saved;
      };
      return process.call('table', what, save, writeOf(row.stackId));
    },
    heartbeat(claim, now) {
      const by = writer();
      const record = () => {
        const result = table.heartbeat(claim, now, by);
        reading(process, keyOf(claim), result.row);
        return result;
      };
      const what = `heartbeat ${claim.stackId}/${claim.resource}`;
      return process.call('table', what, record, writeOf(claim.stackId));
    },
    list: (operation, page) =>
      process.call(
        'table',
        `list resources of ${operation.operationId}`,
        () => table.listResources(operation, page),
        readOf(operation.stackId),
      ),
    payloads: (row) =>
      process.call(
        'table',
        `load payloads of ${row.resource}`,
        () => table.payloadsOf(row),
        readOf(row.stackId),
      ),
    expire(row) {
      const by = writer();
      const expire = () => table.expireResource(row, by);
      return process.call('table', `expire ${row.resource}`, expire, writeOf(row.stackId));
    },
    expirePayloads: (row, expiresAt) =>
      process.call(
        'table',
        `expire payloads of ${row.resource}`,
        () => table.expirePayloads(row, expiresAt),
        writeOf(row.stackId),
      ),
    expireReplacedPayloads: (of, expiresAt) =>
      process.call(
        'table',
        `expire replaced payloads of ${of.resource}`,
        () => table.expireReplacedPayloads(of, expiresAt),
        writeOf(of.stackId),
      ),
  };
}

function timerIndex({ table, faults }: Services, process: Process): TimerIndex {
  return {
    list(shard, query) {
      // Most shards are empty most of the time: they are not worth an event of their own.
      const nothing = table.timers.isEmpty(shard, query.dueBefore) && faults.downUntil('index') === undefined;
      if (nothing && process.alive) return Promise.resolve({ entries: [], more: false });
      return process.call('index', `list ${shard}`, () => table.timers.list(shard, query));
    },
  };
}
