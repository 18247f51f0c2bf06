/** Whether the deployment is well, as far as the operator may read it. */
import { errorMessage } from '../../client/retry.ts';
import { lazily } from '../lazily.ts';
import { LocateError } from '../locate.ts';
import type { DeadLetters } from '../redrive/redrive.ts';
import { SOURCE_NAMES, type Source } from '../redrive/report.ts';
import { COUNTS } from '../redrive/sources.ts';
import { Shared } from './shared.ts';
import type { AlarmLine, Check, HealthView } from './view.ts';

/** What is read beside the command function. Each may be refused. */
export interface HealthSources {
  deadLetters(): Promise<DeadLetters>;
  alarms(): Promise<readonly AlarmLine[]>;
  /** When the last sweep completed; null: none in the last minutes. */
  lastSweep(): Promise<string | null>;
  canary(): Promise<{ readonly succeededAt?: string; readonly failedAt?: string }>;
  /** The messages on the work queue that no engine has taken. */
  workQueue(): Promise<number>;
  /** The URL of the dashboard. */
  dashboard(): Promise<string>;
}

/** Loads the AWS clients when something is read for the first time: the first screen is there before. */
export function lazyHealth(load: () => Promise<HealthSources>): HealthSources {
  const sources = lazily(load);
  return {
    deadLetters: async () => (await sources()).deadLetters(),
    alarms: async () => (await sources()).alarms(),
    lastSweep: async () => (await sources()).lastSweep(),
    canary: async () => (await sources()).canary(),
    workQueue: async () => (await sources()).workQueue(),
    dashboard: async () => (await sources()).dashboard(),
  };
}

/** Alarms and metrics change by the minute. */
const FRESH_MS = 15_000;

const READING = { state: 'reading' } as const;

export class Health {
  readonly #shared: Shared<void>;
  readonly #now: () => number;
  #view: HealthView = {
    deadLetters: {
      timers: READING,
      schedules: READING,
      work: READING,
      'work-rule': READING,
      stream: READING,
    },
    alarms: READING,
    lastSweep: READING,
    canary: READING,
    workQueue: READING,
    dashboard: READING,
  };

  constructor(sources: HealthSources, now: () => number) {
    this.#now = now;
    this.#shared = new Shared(FRESH_MS, () => this.#read(sources));
  }

  /** What is known now. */
  get view(): HealthView {
    return this.#view;
  }

  /** Reads it, unless what is known is fresh. */
  refresh(): void {
    void this.#shared.get(this.#now());
  }

  /** Reads it again when it is asked for next. */
  changed(): void {
    this.#shared.expire();
  }

  async #read(sources: HealthSources): Promise<void> {
    // Each part is shown as soon as it is known.
    const set = async (name: keyof HealthView, read: () => Promise<unknown>) => {
      const check = await checked(read);
      this.#view = { ...this.#view, [name]: check };
    };
    const deadLetters = sources.deadLetters();
    const depth = async (source: Source) => {
      const check = await checked(async () => COUNTS[source](await deadLetters));
      this.#view = { ...this.#view, deadLetters: { ...this.#view.deadLetters, [source]: check } };
    };
    await Promise.all([
      ...SOURCE_NAMES.map(depth),
      set('alarms', () => sources.alarms()),
      set('lastSweep', () => sources.lastSweep()),
      set('canary', () => sources.canary()),
      set('workQueue', () => sources.workQueue()),
      set('dashboard', () => sources.dashboard()),
    ]);
  }
}

async function checked<T>(read: () => Promise<T>): Promise<Check<T>> {
  try {
    return { state: 'read', value: await read() };
  } catch (error) {
    const message = errorMessage(error);
    return { state: isDenied(error) ? 'notPermitted' : 'unknown', message };
  }
}

/** Whether AWS refused a call for want of permission. */
export function isDenied(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof LocateError) return false;
  const { name, message, cause } = error;
  return (
    /AccessDenied|Forbidden|UnauthorizedOperation|NotAuthorized/.test(name) ||
    /AccessDenied|is not authorized to perform/.test(message) ||
    isDenied(cause)
  );
}
