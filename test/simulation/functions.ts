/**
 * The functions as Lambda runs them: what triggers each, and what happens when it dies, fails or
 * stands still.
 */
import { arm } from '../../lambdas/arm/arm.ts';
import { command } from '../../lambdas/command/command.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import { IGNORED_TRANSITIONS } from '../../lambdas/domain/stream-filters.ts';
import { effects } from '../../lambdas/effects/effects.ts';
import { CANARY_REQUEST } from '../../lambdas/shared/canary.ts';
import { sweep } from '../../lambdas/sweep/sweep.ts';
import { wake } from '../../lambdas/wake/wake.ts';
import { adaptersOf } from './aws/adapters.ts';
import { Items } from './aws/items.ts';
import { type Ports, portsOf } from './ports.ts';
import { CallFailed, type Process, type ProcessKind } from './process.ts';
import type { Message } from './queue.ts';
import type { Random } from './random.ts';
import type { Row, Write } from './row.ts';
import type { Services } from './services.ts';
import { StreamReader } from './stream.ts';

/** How long an invocation may take before nobody waits for it any more, in milliseconds. */
const TIMEOUT: Readonly<Record<ProcessKind, number>> = {
  command: 10_000,
  arm: 60_000,
  effects: 60_000,
  wake: 10_000,
  sweep: 50_000,
  client: Number.POSITIVE_INFINITY,
  engine: Number.POSITIVE_INFINITY,
};
const CANARY_PATIENCE = 2500;
const MINUTE = 60_000;
const SHARDS = 3;

export class Functions {
  readonly #services: Services;
  readonly #random: Random;
  readonly #readers: Record<'arm' | 'effects', StreamReader[]>;
  readonly #items: Items | undefined;
  #polling = false;
  sweepsUnderWay = 0;

  /**
   * @param deployed whether the deployed adapters are used, over simulated AWS clients: closer, and
   * slower.
   */
  constructor(services: Services, deployed = false) {
    this.#services = services;
    this.#items = deployed ? new Items(services) : undefined;
    this.#random = services.random.fork('functions');
    services.watchers.push({ onWrite: (write) => this.#stream(write) });
    services.timerQueue.onReady = () => this.#poll();
    this.#readers = {
      arm: this.#readersOf('arm', (ports, changes) => arm(ports, changes)),
      effects: this.#readersOf('effects', (ports, changes) => effects(ports, changes)),
    };
    services.agenda.after(MINUTE - (services.agenda.now % MINUTE), () => this.#sweepEachMinute());
  }

  /** Whether no change waits to be handled. */
  get isIdle(): boolean {
    return [...this.#readers.arm, ...this.#readers.effects].every((reader) => reader.isIdle);
  }

  /**
   * Invokes the command function for another process.
   *
   * @throws CallFailed if there is no answer within `patience` milliseconds.
   */
  async command(caller: Process, request: unknown, patience: number = TIMEOUT.command): Promise<unknown> {
    const what = `asks ${JSON.stringify(request)}`;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // Whoever has given up is not to be told by an unhandled rejection.
    promise.catch(() => undefined);
    this.#services.notify((watcher) => watcher.onAsk?.(caller, request));
    await caller.call('command', what, () => {
      let settled = false;
      const settle = (how: () => void): void => {
        if (!settled) caller.resume(how);
        settled = true;
      };
      const fail = (): void => settle(() => reject(new CallFailed(what)));
      this.#services.agenda.after(patience, fail);
      this.#invoke(
        'command',
        request,
        (ports) => command(ports, request),
        (answer, process) => {
          if (answer === undefined) fail();
          else {
            this.#services.notify((watcher) => watcher.onAnswer?.(process, request, answer));
            settle(() => resolve(answer));
          }
        },
      );
    });
    return promise;
  }

  /** @param done told once: what came of it, or undefined if nobody knows. */
  #invoke<T>(
    kind: ProcessKind,
    about: unknown,
    run: (ports: Ports, process: Process) => Promise<T>,
    done: (value: T | undefined, process: Process) => void,
  ): void {
    const services = this.#services;
    const process = services.process(kind, about);
    let ended = false;
    const end = (value: T | undefined): void => {
      if (!ended) done(value, process);
      ended = true;
    };
    process.onTrouble = (until) => {
      const { now } = services.agenda;
      const noticed = process.alive ? process.startedAt + TIMEOUT[kind] : now + 100;
      if (until > noticed) services.agenda.at(noticed, () => end(undefined));
    };
    const ports = this.#portsOf(process);
    services.agenda.woke = true;
    run(ports, process).then(end, (error: unknown) => {
      services.tell?.(process.name, `fails: ${error}`);
      end(undefined);
    });
  }

  #portsOf(process: Process): Ports {
    const probe = (by: Process) => this.#probe(by);
    const ports = portsOf(this.#services, process, probe);
    if (this.#items === undefined) return ports;
    return { ...ports, ...adaptersOf(this.#services, process, this.#items, probe) };
  }

  async #probe(by: Process): Promise<boolean> {
    try {
      await this.command(by, CANARY_REQUEST, CANARY_PATIENCE);
      return true;
    } catch {
      return false;
    }
  }

  /** The stream of a restored table has its rows as new ones, and nothing else. */
  restored(rows: readonly Row[]): void {
    for (const reader of [...this.#readers.arm, ...this.#readers.effects]) reader.reset();
    for (const after of rows) this.#stream({ before: undefined, after });
  }

  #stream({ before, after }: Pick<Write, 'before' | 'after'>): void {
    let hash = 0;
    for (let at = 0; at < after.stackId.length; at++) hash = (hash * 31 + after.stackId.charCodeAt(at)) >>> 0;
    const change = { before, after } as RowChange;
    const ignored: Readonly<Record<'arm' | 'effects', readonly string[]>> = IGNORED_TRANSITIONS;
    for (const name of ['arm', 'effects'] as const)
      if (before === undefined || !ignored[name].includes(after.change))
        this.#readers[name][hash % SHARDS]?.put(change);
  }

  #readersOf(
    name: 'arm' | 'effects',
    run: (ports: Ports, changes: readonly RowChange[]) => Promise<void>,
  ): StreamReader[] {
    const { agenda, faults, random } = this.#services;
    return Array.from({ length: SHARDS }, (_, shard) => {
      const deliver = (changes: readonly RowChange[], done: (succeeded: boolean) => void): void =>
        this.#invoke(
          name,
          changes,
          (ports) => run(ports, changes).then(() => true),
          (value) => done(value === true),
        );
      return new StreamReader(agenda, faults, random.fork(`${name} ${shard}`), deliver);
    });
  }

  /** The timer queue to wake, in batches of at most ten. */
  #poll(after = this.#random.between(0, 300)): void {
    if (this.#polling) return;
    this.#polling = true;
    const { agenda, faults, timerQueue } = this.#services;
    const downUntil = faults.downUntil('wake') ?? faults.downUntil('timerQueue');
    agenda.at(Math.max(downUntil ?? 0, agenda.now + after), () => {
      this.#polling = false;
      const batch = timerQueue.take(this.#random.between(1, 10));
      if (batch.length > 0) this.#wake(batch);
      if (timerQueue.isReady) this.#poll(1);
    });
  }

  #wake(batch: readonly Message[]): void {
    const messages = batch.map(({ id, body }) => ({ messageId: id, body }));
    this.#invoke(
      'wake',
      messages,
      (ports) => wake(ports, messages),
      (failed) => {
        if (failed === undefined) return;
        for (const message of batch)
          if (!failed.includes(message.id)) this.#services.timerQueue.delete(message);
      },
    );
  }

  #sweepEachMinute(): void {
    const { agenda, faults } = this.#services;
    if (faults.downUntil('sweep') === undefined) {
      if (!faults.ofCarrier('never fired', this.#random)) this.#sweep();
      if (faults.ofCarrier('fired twice', this.#random)) this.#sweep();
    }
    agenda.after(MINUTE, () => this.#sweepEachMinute());
  }

  #sweep(): void {
    this.sweepsUnderWay++;
    this.#invoke(
      'sweep',
      undefined,
      (ports, process) => sweep(ports, process.name),
      () => {
        this.sweepsUnderWay--;
      },
    );
  }
}
