/**
 * What goes wrong, and when: drawn from the seed, or named one by one (by whoever looks for the few
 * that matter).
 */
import type { Agenda } from './agenda.ts';
import type { Random } from './random.ts';

export const SERVICES = [
  'table',
  'index',
  'timerQueue',
  'workQueue',
  'scheduler',
  'bus',
  'command',
  'stream',
  'wake',
  'sweep',
] as const;
export type Service = (typeof SERVICES)[number];

/** What happens to one call. */
export const CALL_FAULTS = {
  throttled: 'refused at once',
  timedOut: 'no answer, and no effect',
  lost: 'it takes effect, and the answer is lost',
  late: 'no answer, and it takes effect afterwards',
  echo: 'it takes effect, the answer is lost, and the client library makes it again',
  crash: 'whoever calls dies before the call',
  crashAfter: 'it takes effect, and whoever called has died',
  pause: 'it takes effect, and whoever called stands still for minutes',
} as const;
export type CallFault = keyof typeof CALL_FAULTS;

/** What happens to messages, schedules, batches and writes. */
export type CarrierFault =
  | 'delivered twice'
  | 'lost'
  | 'delayed'
  | 'delete lost'
  | 'fired twice'
  | 'never fired'
  | 'batch again'
  | 'index lags'
  | 'not taken'
  | 'clock stepped'
  | 'meets a transaction';

export interface Outage {
  readonly service: Service;
  /** Milliseconds from the start of the history. */
  readonly from: number;
  readonly to: number;
  /** Of the table: only the partition of this stack. */
  readonly stackId?: string;
  /** Of a partition: it can still be read. */
  readonly onlyWrites?: true;
}

/**
 * The table is copied into a new deployment, as `stack-timeouts restore` does it: what acts on rows
 * is off meanwhile, and messages, schedules and what the stream still had are lost.
 */
export interface Restore {
  /** Milliseconds from the start of the history. */
  readonly from: number;
  readonly to: number;
}

/** Off while a table is restored; nobody asks the command function. */
const OFF_DURING_RESTORE: readonly Service[] = ['command', 'stream', 'wake', 'sweep'];

/** The part of the table that a call is about. */
export interface Partition {
  readonly stackId: string;
  readonly writes: boolean;
}

export const readOf = (stackId: string): Partition => ({ stackId, writes: false });
export const writeOf = (stackId: string): Partition => ({ stackId, writes: true });

/** A fault by the call that it happened to, for example `wake-12 call 3`. */
export interface NamedFault {
  readonly call: string;
  readonly fault: CallFault;
}

export interface FaultPlan {
  /** Of a call: how likely something happens to it. */
  readonly rate: number;
  readonly kinds: readonly CallFault[];
  /** Of messages, schedules, batches and writes. */
  readonly carrierRate: number;
  readonly carrierKinds: readonly CarrierFault[];
  readonly outages: readonly Outage[];
  readonly restore?: Restore;
  /** How far a clock is off, at most, in milliseconds. */
  readonly skew: number;
  /** Schedules fire as late as this, at most: that is no fault. */
  readonly scheduleLateness: number;
  /** In place of `rate`: these and no others. */
  readonly named?: readonly NamedFault[];
}

export class Faults {
  readonly plan: FaultPlan;
  readonly counts = new Map<string, number>();
  /** What happened, for the search for the few that matter; undefined if nobody asks. */
  happened: NamedFault[] | undefined;
  /** Whether nothing goes wrong any more. */
  over = false;
  /** When something went wrong last; undefined: never yet. */
  lastAt: number | undefined;
  readonly #agenda: Agenda;
  readonly #start: number;
  readonly #named: ReadonlyMap<string, CallFault> | undefined;

  constructor(plan: FaultPlan, agenda: Agenda) {
    this.plan = plan;
    this.#agenda = agenda;
    this.#start = agenda.now;
    this.#named = plan.named && new Map(plan.named.map(({ call, fault }) => [call, fault]));
  }

  /** What happens to a call. */
  ofCall(call: string, random: Random): CallFault | undefined {
    if (this.over) return undefined;
    const { rate, kinds } = this.plan;
    let fault: CallFault | undefined;
    // Drawn even if they are named: all other numbers stay what they were.
    if (rate > 0 && random.chance(rate) && kinds.length > 0) fault = random.pick(kinds);
    if (this.#named) fault = this.#named.get(call);
    if (fault === undefined) return undefined;
    this.happened?.push({ call, fault });
    return this.count(fault);
  }

  /** Whether a carrier does this, or `times` as likely. */
  ofCarrier(kind: CarrierFault, random: Random, times = 1): boolean {
    if (this.over || !random.chance(this.plan.carrierRate * times)) return false;
    if (!this.plan.carrierKinds.includes(kind)) return false;
    this.count(kind);
    return true;
  }

  /**
   * Takes each of a batch, or does not.
   *
   * @returns those that were not taken
   */
  takeEach<T>(batch: readonly T[], random: Random, take: (one: T) => void): T[] {
    return batch.filter((one) => {
      const refused = this.ofCarrier('not taken', random);
      if (!refused) take(one);
      return refused;
    });
  }

  /** When a service that is down is back; undefined if it is up. */
  downUntil(service: Service, partition?: Partition): number | undefined {
    const { outages, restore } = this.plan;
    if (this.over || (outages.length === 0 && restore === undefined)) return undefined;
    const at = this.#agenda.now - this.#start;
    if (restore && restore.from <= at && at < restore.to && OFF_DURING_RESTORE.includes(service)) {
      this.count(`${service} off`);
      return this.#start + restore.to;
    }
    const concerns = ({ stackId, onlyWrites }: Outage): boolean =>
      stackId === undefined || (stackId === partition?.stackId && (partition.writes || !onlyWrites));
    const outage = outages.find(
      (one) => one.service === service && one.from <= at && at < one.to && concerns(one),
    );
    if (outage === undefined) return undefined;
    this.count(outage.stackId === undefined ? `${service} down` : 'partition down');
    return this.#start + outage.to;
  }

  /** From now on nothing goes wrong. */
  end(): void {
    this.over = true;
    const { outages, restore } = this.plan;
    if (this.lastAt !== undefined || outages.length > 0 || restore) this.lastAt = this.#agenda.now;
  }

  count<K extends string>(kind: K): K {
    this.lastAt = this.#agenda.now;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    return kind;
  }
}
