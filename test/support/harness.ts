import type { Caller } from '../../contract/deployment.ts';
import type { Answer } from '../../contract/index.ts';
import { type ArmDependencies, arm } from '../../lambdas/arm/arm.ts';
import { type CommandDependencies, command } from '../../lambdas/command/command.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import { IGNORED_TRANSITIONS } from '../../lambdas/domain/stream-filters.ts';
import { SECOND } from '../../lambdas/domain/time.ts';
import { type EffectsDependencies, effects } from '../../lambdas/effects/effects.ts';
import { CANARY_REQUEST } from '../../lambdas/shared/canary.ts';
import { type SweepDependencies, sweep } from '../../lambdas/sweep/sweep.ts';
import { type WakeDependencies, wake } from '../../lambdas/wake/wake.ts';
import { ManualClock } from './clock.ts';
import { DEPLOYED_DEFAULTS } from './defaults.ts';
import { MemoryBus, MemoryQueue, MemorySchedules, RecordingTelemetry } from './memory-services.ts';
import { MemoryTable } from './memory-table.ts';

type Dependencies = {
  -readonly [K in keyof AllDependencies]: AllDependencies[K];
};
type AllDependencies = CommandDependencies &
  ArmDependencies &
  EffectsDependencies &
  WakeDependencies &
  SweepDependencies;

/** A message is redelivered this long after it was taken and not done. */
const VISIBILITY = 60 * SECOND;

/**
 * The five use cases over services in memory, under a clock that the test moves. A service may be
 * replaced by a faulty one. A use case that throws has died: what triggered it is delivered again
 * by the next `tick`.
 */
export class TestHarness {
  readonly clock = new ManualClock();
  readonly table = new MemoryTable();
  readonly queue = new MemoryQueue(this.clock);
  readonly schedules = new MemorySchedules();
  readonly bus = new MemoryBus();
  readonly telemetry = new RecordingTelemetry();
  readonly settings = DEPLOYED_DEFAULTS.settings;
  /** What the use cases are given; a test may replace a port by a faulty one. */
  readonly deps: Dependencies = {
    store: this.table,
    resources: this.table.resources,
    children: this.table.children,
    health: this.table.health,
    history: this.table.history,
    canary: { probe: () => this.#probe() },
    index: this.table,
    lease: this.table,
    queue: this.queue,
    schedules: this.schedules,
    bus: this.bus,
    clock: this.clock,
    sleep: async (milliseconds) => this.clock.advance(milliseconds),
    telemetry: this.telemetry,
    ...DEPLOYED_DEFAULTS,
  };
  /** Switch a function off to see the others do without it. */
  readonly alive = { command: true, arm: true, effects: true, wake: true, sweep: true, scheduler: true };
  #armed = 0;
  #published = 0;
  #lastSweep = this.clock.now();

  async command(request: unknown, caller?: Caller): Promise<Answer> {
    if (!this.alive.command) throw new Error('the command function is out of order');
    return (await command(this.deps, request, caller)) as Answer;
  }

  async #probe(): Promise<boolean> {
    return this.command(CANARY_REQUEST).then(
      () => true,
      () => false,
    );
  }

  start(stackId: string, timeoutSeconds: number, more: object = {}): Promise<Answer> {
    return this.command({
      command: 'StartOperation',
      stackId,
      operationId: 'op-1',
      action: 'CREATE',
      timeoutSeconds,
      ...more,
    });
  }

  /** So many seconds from now is the deadline of the stack's first operation. */
  extend(stackId: string, timeoutSeconds: number): Promise<Answer> {
    return this.command({ command: 'ExtendOperation', stackId, operationId: 'op-1', timeoutSeconds });
  }

  /** Everything that is due now, once: the stream, schedules, messages, the sweep each minute. */
  async tick(): Promise<void> {
    await this.#stream();
    this.#fireSchedules();
    await this.#deliver();
    if (this.alive.sweep && this.clock.now() - this.#lastSweep >= 60 * SECOND) {
      this.#lastSweep = this.clock.now();
      await sweep(this.deps, `sweep-${this.clock.now()}`).catch(ignore);
    }
    await this.#stream();
  }

  /** Lets time pass in steps of a second. */
  async run(seconds: number): Promise<void> {
    await this.tick();
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(SECOND);
      await this.tick();
    }
  }

  async #stream(): Promise<void> {
    const { stream } = this.table;
    if (this.alive.arm && this.#armed < stream.length) {
      const until = stream.length;
      await arm(this.deps, unfiltered('arm', stream.slice(this.#armed, until))).then(() => {
        this.#armed = until;
      }, ignore);
    }
    if (this.alive.effects && this.#published < stream.length) {
      const until = stream.length;
      await effects(this.deps, unfiltered('effects', stream.slice(this.#published, until))).then(() => {
        this.#published = until;
      }, ignore);
    }
  }

  #fireSchedules(): void {
    if (!this.alive.scheduler) return;
    for (const { name, at, wakeUp } of this.schedules.schedules.values()) {
      if (at > this.clock.now()) continue;
      this.queue.put(wakeUp, this.clock.now());
      this.schedules.schedules.delete(name);
    }
  }

  async #deliver(): Promise<void> {
    if (!this.alive.wake) return;
    const messages = this.queue.receive().map((body, id) => ({ messageId: String(id), body }));
    const failed = await wake(this.deps, messages).catch(() => messages.map(({ messageId }) => messageId));
    for (const messageId of failed) {
      const message = messages[Number(messageId)];
      if (message) this.queue.messages.push({ body: message.body, visibleAt: this.clock.now() + VISIBILITY });
    }
  }
}

/** What the stream's filters leave for a function. */
const unfiltered = (name: 'arm' | 'effects', changes: readonly RowChange[]): RowChange[] => {
  const ignored: readonly string[] = IGNORED_TRANSITIONS[name];
  return changes.filter(({ before, after }) => before === undefined || !ignored.includes(after.change));
};

/** A death: whatever triggered the function triggers it again. */
const ignore = (): void => {};
