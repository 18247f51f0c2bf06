import type { Clock } from '../../lambdas/ports/telemetry.ts';
import type { Row } from '../support/row-key.ts';
import type { Agenda } from './agenda.ts';
import type { CallFault, Faults, Partition, Service } from './faults.ts';
import type { Random } from './random.ts';

export type ProcessKind = 'command' | 'arm' | 'effects' | 'wake' | 'sweep' | 'client' | 'engine';

/** What all processes live in. */
export interface Surroundings {
  readonly agenda: Agenda;
  readonly faults: Faults;
  readonly random: Random;
  /** Tells the history; undefined if nobody listens. */
  readonly tell: ((who: string, what: string) => void) | undefined;
}

/** A call that did not succeed; whether it took effect the caller cannot know. */
export class CallFailed extends Error {
  /** As the AWS SDK's clients tell it. */
  readonly code = 'ETIMEDOUT';
}

interface AttemptName {
  readonly stackId: string;
  readonly operationId: string;
  readonly resource: string;
  readonly attempt: number;
}

export const attemptKey = ({ stackId, operationId, resource, attempt }: AttemptName): string =>
  [stackId, operationId, resource, attempt].join('\n');

/** Of a call that nothing happens to. */
export const SLOWEST_CALL = 2000;
const SHORTEST_PAUSE = 20_000;
const LONGEST_PAUSE = 240_000;

export class Process {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly random: Random;
  /** What it was started with: a request, wake-ups. */
  readonly about: unknown;
  readonly startedAt: number;
  readonly clock: Clock;
  alive = true;
  /** Of an engine: the attempts that it believes to have. */
  readonly attempts = new Set<string>();
  /** Whether it ever stood still. */
  wasTroubled = false;
  /** The rows as it read or wrote them last, by key. */
  readonly seen = new Map<string, Row | undefined>();
  /** The stack that it read together with a resource action, by the key of that. */
  readonly readWith = new Map<string, Row | undefined>();
  /** Told when it dies, or stands still until a moment. */
  onTrouble: ((until: number) => void) | undefined;
  readonly #in: Surroundings;
  readonly #pauses: Random;
  #offset: number;
  #calls = 0;
  #pausedUntil = 0;

  constructor(surroundings: Surroundings, kind: ProcessKind, name: string, about?: unknown) {
    const { agenda, faults, random } = surroundings;
    this.name = name;
    this.kind = kind;
    this.about = about;
    this.random = random.fork(name);
    this.#pauses = this.random.fork('pauses');
    this.startedAt = agenda.now;
    this.#in = surroundings;
    this.#offset = faults.plan.skew > 0 ? this.random.between(-faults.plan.skew, faults.plan.skew) : 0;
    this.clock = { now: () => agenda.now + this.#offset };
  }

  /**
   * A call to a service: it takes a while, and something may happen to it. `effect` is what the
   * service does; it is done at one moment.
   */
  call<T>(service: Service, what: string, effect: () => T, partition?: Partition): Promise<T> {
    if (!this.alive) return new Promise(() => undefined);
    const { agenda, faults, tell } = this.#in;
    const name = `${this.name} call ${++this.#calls}`;
    const fault = faults.ofCall(name, this.random);
    tell?.(name, fault === undefined ? what : `${what}: ${fault}`);
    if (faults.ofCarrier('clock stepped', this.random, 0.1)) this.#stepClock();
    return new Promise((resolve, reject) => {
      const arrival = agenda.now + this.#latency();
      agenda.at(arrival, () => {
        if (faults.downUntil(service, partition) !== undefined) {
          return this.#settle(agenda.now + 500, () => reject(new CallFailed(`${service} is down`)));
        }
        this.#happen(fault, what, effect, resolve, reject);
      });
    });
  }

  #happen<T>(
    fault: CallFault | undefined,
    what: string,
    effect: () => T,
    resolve: (value: T) => void,
    reject: (error: Error) => void,
  ): void {
    const { agenda } = this.#in;
    const fail = (after: number) => this.#settle(agenda.now + after, () => reject(new CallFailed(what)));
    switch (fault) {
      case 'throttled':
        fail(0);
        break;
      case 'timedOut':
        fail(this.random.between(1000, 3000));
        break;
      case 'lost':
        effect();
        fail(this.random.between(0, 3000));
        break;
      case 'late':
        agenda.after(this.random.between(0, 10_000), effect);
        fail(this.random.between(1000, 3000));
        break;
      case 'echo':
        effect();
        agenda.after(this.random.between(1, 1000), () => this.#answer(effect(), resolve));
        break;
      case 'crash':
        this.kill();
        break;
      case 'crashAfter':
        effect();
        this.kill();
        break;
      case 'pause': {
        const value = effect();
        this.pause(this.random.between(SHORTEST_PAUSE, LONGEST_PAUSE));
        this.#answer(value, resolve);
        break;
      }
      case undefined:
        this.#answer(effect(), resolve);
    }
  }

  #answer<T>(value: T, resolve: (value: T) => void): void {
    this.#settle(this.#in.agenda.now, () => resolve(value));
  }

  /** As setTimeout: resolves when the time is over or the signal fires. */
  readonly sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (!this.alive) return new Promise(() => undefined);
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const stop = () => this.resume(done);
      const done = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      signal?.addEventListener('abort', stop);
      this.#settle(this.#in.agenda.now + Math.ceil(milliseconds), done);
    });
  };

  /** A random part of a time. */
  readonly pauseFor = (longest: number): Promise<void> => this.sleep(this.#pauses.next() * longest);

  /** Lets the process go on with something, if it lives, and as soon as it does not stand still. */
  resume(happen: () => void): void {
    this.#settle(this.#in.agenda.now, happen);
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#in.tell?.(this.name, 'dies');
    this.onTrouble?.(Number.POSITIVE_INFINITY);
  }

  pause(milliseconds: number): void {
    const { agenda, tell } = this.#in;
    this.wasTroubled = true;
    this.#pausedUntil = Math.max(this.#pausedUntil, agenda.now + milliseconds);
    tell?.(this.name, `stands still for ${milliseconds / 1000} s`);
    this.onTrouble?.(this.#pausedUntil);
  }

  #settle(at: number, happen: () => void): void {
    const { agenda } = this.#in;
    const settle = () => {
      if (!this.alive) return;
      if (this.#pausedUntil > agenda.now) return agenda.at(this.#pausedUntil, settle);
      agenda.woke = true;
      happen();
    };
    // At this very moment, unless something else is to happen before.
    if (at <= agenda.now) settle();
    else agenda.at(at, settle);
  }

  #latency(): number {
    const drawn = this.random.next();
    if (drawn < 0.9) return 2 + Math.floor(drawn * 20);
    return drawn < 0.99 ? this.random.between(20, 300) : this.random.between(300, SLOWEST_CALL);
  }

  #stepClock(): void {
    const { skew } = this.#in.faults.plan;
    if (skew > 0) this.#offset = this.random.between(-skew, skew);
  }
}
