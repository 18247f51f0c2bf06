/** SQS: at least once, in no order, with a delay, a visibility timeout, and a limit of receives. */
import type { Agenda } from './agenda.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';

export interface Message {
  readonly id: string;
  readonly body: string;
  receives: number;
  /** Deleted, or moved to the dead-letter queue. */
  gone: boolean;
  hiddenUntil: number;
}

export interface QueueSettings {
  readonly name: string;
  readonly visibility: number;
  readonly maxReceives: number;
}

export class MessageQueue {
  /** Told when there is something to take. */
  onReady: () => void = () => undefined;
  deadLetters = 0;
  /** Fires what is here as soon as there is something to take. */
  readonly waiting = new Set<AbortController>();
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #settings: QueueSettings;
  #ready: Message[] = [];
  /** Those that wait or are being worked on. */
  readonly #all = new Set<Message>();
  #ids = 0;

  constructor(agenda: Agenda, faults: Faults, random: Random, settings: QueueSettings) {
    this.#agenda = agenda;
    this.#faults = faults;
    this.#random = random.fork(settings.name);
    this.#settings = settings;
  }

  send(body: string, delay: number): void {
    const late = this.#faults.ofCarrier('delayed', this.#random) ? this.#random.between(0, 90_000) : 0;
    const message = { id: `${++this.#ids}`, body, receives: 0, gone: false, hiddenUntil: 0 };
    this.#all.add(message);
    this.#hide(message, delay + late);
    if (this.#faults.ofCarrier('delivered twice', this.#random))
      this.#agenda.after(delay + late + this.#random.between(0, 30_000), () => this.#show(message));
  }

  /** Messages that are visible now; hidden from now on for the visibility timeout. */
  take(max: number): Message[] {
    const taken: Message[] = [];
    while (taken.length < max && this.#ready.length > 0) {
      const at = this.#faults.over ? 0 : this.#random.between(0, Math.min(this.#ready.length - 1, 20));
      const message = this.#ready[at] as Message;
      this.#ready[at] = this.#ready[this.#ready.length - 1] as Message;
      this.#ready.pop();
      if (message.gone || taken.includes(message)) continue;
      if (++message.receives > this.#settings.maxReceives) {
        this.deadLetters++;
        this.#remove(message);
        continue;
      }
      this.#hide(message, this.#settings.visibility);
      taken.push(message);
    }
    return taken;
  }

  /** How many wait or are being worked on. */
  get size(): number {
    return this.#all.size;
  }

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  delete(message: Message): void {
    if (this.#faults.ofCarrier('delete lost', this.#random)) return;
    this.#remove(message);
  }

  putBack(message: Message, after: number): void {
    this.#hide(message, after);
  }

  /** Every message is gone. */
  purge(): void {
    for (const message of this.#all) this.#remove(message);
    this.#ready = [];
  }

  #remove(message: Message): void {
    this.#all.delete(message);
    message.gone = true;
  }

  #hide(message: Message, milliseconds: number): void {
    const until = this.#agenda.now + milliseconds;
    message.hiddenUntil = until;
    this.#agenda.at(until, () => {
      if (message.hiddenUntil === until) this.#show(message);
    });
  }

  #show(message: Message): void {
    if (message.gone) return;
    this.#ready.push(message);
    for (const one of this.waiting) one.abort();
    this.onReady();
  }
}
