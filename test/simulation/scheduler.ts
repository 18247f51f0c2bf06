/**
 * EventBridge Scheduler: a schedule fires up to a minute late, sometimes twice, sometimes never,
 * and is gone then.
 */
import type { Schedule } from '../../lambdas/ports/messaging.ts';
import type { Agenda } from './agenda.ts';
import type { Faults } from './faults.ts';
import type { MessageQueue } from './queue.ts';
import type { Random } from './random.ts';

export class Scheduler {
  readonly schedules = new Map<string, Schedule>();
  /** For when the last one was asked. */
  latest = 0;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #queue: MessageQueue;
  /** Told of each schedule that fires. */
  onFire: (schedule: Schedule) => void = () => undefined;

  constructor(agenda: Agenda, faults: Faults, random: Random, queue: MessageQueue) {
    this.#agenda = agenda;
    this.#faults = faults;
    this.#random = random.fork('scheduler');
    this.#queue = queue;
  }

  /** A name that is taken stays what it is. */
  create(schedule: Schedule): void {
    if (this.schedules.has(schedule.name)) return;
    this.schedules.set(schedule.name, schedule);
    this.latest = Math.max(this.latest, schedule.at);
    const late = this.#random.between(0, this.#faults.plan.scheduleLateness);
    this.#agenda.at(schedule.at + late, () => this.#fire(schedule));
  }

  delete(name: string): void {
    this.schedules.delete(name);
  }

  #fire(schedule: Schedule): void {
    const { name, wakeUp } = schedule;
    if (this.schedules.get(name) !== schedule) return;
    const { now } = this.#agenda;
    const backAt = this.#faults.downUntil('scheduler') ?? this.#faults.downUntil('timerQueue') ?? now;
    if (backAt > now) {
      this.#agenda.at(backAt, () => this.#fire(schedule));
      return;
    }
    this.schedules.delete(name);
    if (this.#faults.ofCarrier('never fired', this.#random)) return;
    this.onFire(schedule);
    const body = JSON.stringify(wakeUp);
    this.#queue.send(body, 0);
    if (this.#faults.ofCarrier('fired twice', this.#random))
      this.#queue.send(body, this.#random.between(0, 60_000));
  }
}
