import type { OperationStatusChange, ResourceActionStatusChange, WakeUp } from '../../contract/index.ts';
import { SECOND } from '../../lambdas/domain/time.ts';
import type {
  DelayedWakeUp,
  EventBus,
  Schedule,
  Schedules,
  TimerQueue,
} from '../../lambdas/ports/messaging.ts';
import type { Clock, Observation, Telemetry } from '../../lambdas/ports/telemetry.ts';

export class MemoryQueue implements TimerQueue {
  readonly messages: { body: string; visibleAt: number }[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(messages: readonly DelayedWakeUp[]) {
    for (const { wakeUp, delaySeconds } of messages)
      this.put(wakeUp, this.#clock.now() + delaySeconds * SECOND);
    return [];
  }

  put(wakeUp: WakeUp, visibleAt: number): void {
    this.messages.push({ body: JSON.stringify(wakeUp), visibleAt });
  }

  /** Takes the messages that are visible now. */
  receive(): string[] {
    const now = this.#clock.now();
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= now);
    for (const message of visible) this.messages.splice(this.messages.indexOf(message), 1);
    return visible.map(({ body }) => body);
  }
}

export class MemorySchedules implements Schedules {
  readonly schedules = new Map<string, Schedule>();

  async create(schedule: Schedule) {
    if (!this.schedules.has(schedule.name)) this.schedules.set(schedule.name, schedule);
    return 'created' as const;
  }

  async delete(name: string) {
    this.schedules.delete(name);
    return 'deleted' as const;
  }
}

export class MemoryBus implements EventBus {
  readonly published: (OperationStatusChange | ResourceActionStatusChange)[] = [];

  async publish(changes: readonly (OperationStatusChange | ResourceActionStatusChange)[]) {
    this.published.push(...changes);
  }
}

export class RecordingTelemetry implements Telemetry {
  readonly observations: Observation[] = [];

  record(observation: Observation): void {
    this.observations.push(observation);
  }

  of<K extends Observation['kind']>(kind: K): Extract<Observation, { kind: K }>[] {
    return this.observations.filter((observation) => observation.kind === kind) as Extract<
      Observation,
      { kind: K }
    >[];
  }
}
