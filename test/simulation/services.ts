/** The services that the deployed code runs over, under one virtual time and one seed. */
import type { OperationStatusChange, ResourceActionStatusChange } from '../../contract/index.ts';
import type { KeptEntry } from '../../lambdas/domain/history.ts';
import { Table } from '../support/table.ts';
import { Agenda } from './agenda.ts';
import { type FaultPlan, Faults } from './faults.ts';
import type { ProcessKind, Surroundings } from './process.ts';
import { Process } from './process.ts';
import { MessageQueue } from './queue.ts';
import { Random } from './random.ts';
import { described, isOfResource, type Row, short, type Write, type Writer } from './row.ts';
import { Scheduler } from './scheduler.ts';

export const START = Date.parse('2027-01-01T00:00:00.000Z');
const SECOND = 1000;

const TIMER_QUEUE = { name: 'timer queue', visibility: 60 * SECOND, maxReceives: 10 };
const WORK_QUEUE = { name: 'work queue', visibility: 30 * SECOND, maxReceives: 5 };

export type StatusChangeEvent = OperationStatusChange | ResourceActionStatusChange;

/** Whoever wants to know what happens. */
export interface Watcher {
  onWrite?(write: Write): void;
  onPublish?(event: StatusChangeEvent): void;
  /** An entry of the history is written, or written again. */
  onKeep?(kept: KeptEntry): void;
  /** TTL deletes a row. */
  onExpire?(row: Row): void;
  /** The table was restored: these are the rows that the stream begins with. */
  onRestore?(rows: readonly Row[]): void;
  /** The command function is asked; who asks may get no answer. */
  onAsk?(caller: Process, request: unknown): void;
  /** The command function has answered. */
  onAnswer?(process: Process, request: unknown, answer: unknown): void;
}

export class Services implements Surroundings {
  readonly agenda = new Agenda(START);
  readonly faults: Faults;
  readonly random: Random;
  readonly table: Table<Writer>;
  readonly timerQueue: MessageQueue;
  readonly workQueue: MessageQueue;
  readonly scheduler: Scheduler;
  readonly retention: number;
  readonly watchers: Watcher[] = [];
  /** Engines by their ids, also those that have died. */
  readonly engines = new Map<string, Process>();
  /** What happened, line by line; undefined if nobody listens. */
  readonly history: string[] | undefined;
  readonly tell: Surroundings['tell'];
  /** What a watcher has thrown. */
  violation: unknown;
  readonly #serviceRandom: Random;
  readonly #processes = new Map<string, number>();
  /** Of the functions; only if they are to die with their deployment. */
  readonly #invocations = new Set<Process>();
  #indexedAt = 0;

  constructor(
    seed: number,
    plan: FaultPlan,
    { retention, recorded }: { retention: number; recorded: boolean },
  ) {
    this.random = new Random(seed);
    this.faults = new Faults(plan, this.agenda);
    this.retention = retention;
    if (recorded) {
      const history: string[] = [];
      this.history = history;
      this.faults.happened = [];
      this.tell = (who, what) => history.push(`${short(this.agenda.now)}  ${who}: ${what}`);
    }
    const { agenda, faults, random } = this;
    this.#serviceRandom = random.fork('services');
    this.table = new Table({
      index: (apply) => this.#index(apply),
      onWrite: (write) => this.#written({ ...write, at: agenda.now }),
    });
    this.timerQueue = new MessageQueue(agenda, faults, random, TIMER_QUEUE);
    this.workQueue = new MessageQueue(agenda, faults, random, WORK_QUEUE);
    this.scheduler = new Scheduler(agenda, faults, random, this.timerQueue);
  }

  /** A process with a name of its own. */
  process(kind: ProcessKind, about?: unknown, name: string = kind): Process {
    const count = (this.#processes.get(name) ?? 0) + 1;
    this.#processes.set(name, count);
    const process = new Process(this, kind, `${name}-${count}`, about);
    const isClient = kind === 'client' || kind === 'engine';
    if (this.faults.plan.restore && !isClient) this.#invocations.add(process);
    return process;
  }

  /** The functions of the deployment are gone, and whatever they were about to do. */
  killInvocations(): void {
    for (const process of this.#invocations) process.kill();
    this.#invocations.clear();
  }

  /** Nothing but the items of the stacks comes into the new deployment. */
  loseDeployment(): void {
    this.timerQueue.purge();
    this.workQueue.purge();
    this.scheduler.schedules.clear();
    this.table.forgetDeployment();
  }

  /** What a watcher throws ends the history; but not within the code that is watched. */
  notify(tell: (watcher: Watcher) => void): void {
    try {
      for (const watcher of this.watchers) tell(watcher);
    } catch (error) {
      this.violation ??= error;
    }
  }

  /** The bus: to whoever watches, and by the rule to the work queue. */
  publish(event: StatusChangeEvent): void {
    this.notify((watcher) => watcher.onPublish?.(event));
    if (event.status !== 'IN_PROGRESS' || !('phase' in event) || event.phase !== 'QUEUED') return;
    if (this.faults.ofCarrier('lost', this.#serviceRandom, 5)) return;
    this.workQueue.send(JSON.stringify({ detail: event }), this.#serviceRandom.between(10, 500));
  }

  /** An entry of the history. */
  readonly keep = (kept: KeptEntry): void => {
    const { history } = this.table;
    // TTL: what expires first was written first, or nearly so.
    for (const [position, { expiresAt }] of history) {
      if (expiresAt > this.agenda.now) break;
      history.delete(position);
    }
    this.table.keep(kept);
    this.notify((watcher) => watcher.onKeep?.(kept));
  };

  #written(write: Write): void {
    const { after, writer } = write;
    this.tell?.(writer.process.name, `  wrote ${described(after)}`);
    this.notify((watcher) => watcher.onWrite?.(write));
    if (after.status !== 'IN_PROGRESS') this.#expireLater(after);
  }

  /** TTL deletes within days; here within an hour. */
  #expireLater(row: Row): void {
    const day = 86_400 * SECOND;
    if (!('expiresAt' in row) || this.retention > day) return;
    // It is kept for its operation; no history lasts for years.
    if (row.expiresAt > this.agenda.now + day) return;
    this.agenda.at(row.expiresAt + this.#serviceRandom.between(0, 3600) * SECOND, () => {
      this.tell?.('TTL', `deletes ${isOfResource(row) ? row.resource : row.stackId} ${row.operationId}`);
      if (this.table.expire(row)) this.notify((watcher) => watcher.onExpire?.(row));
    });
  }

  #index(apply: () => void): void {
    const random = this.#serviceRandom;
    const lag = this.faults.ofCarrier('index lags', random, 0.2) ? 120 * SECOND : 1000;
    this.#indexedAt = Math.max(
      this.#indexedAt,
      this.agenda.now + random.between(1, random.chance(0.9) ? 50 : lag),
    );
    this.agenda.at(this.#indexedAt, apply);
  }
}
