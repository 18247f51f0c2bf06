/** The worker: simulates the work on a resource. A real engine would call the cloud here. */
import { type Handler, WorkFailed } from 'stack-timeouts';

/** The input of a resource action. */
interface SimulatedWork {
  readonly seconds: number;
  /** This many attempts fail. FOR_GOOD: the first attempt fails, and no other follows. */
  readonly fails?: number | 'FOR_GOOD' | undefined;
}

/** The simulated work of a whole plan. */
export interface Simulation {
  readonly seconds: number;
  /** By the name of a step, instead of `seconds`. */
  readonly secondsOf: Readonly<Record<string, number>>;
  readonly fails: Readonly<Record<string, SimulatedWork['fails']>>;
}

export function workOf(name: string, { seconds, secondsOf, fails }: Simulation): SimulatedWork {
  // A step may have the name of a method that every object inherits.
  const own = <T>(record: Readonly<Record<string, T>>) =>
    Object.hasOwn(record, name) ? record[name] : undefined;
  return { seconds: own(secondsOf) ?? seconds, fails: own(fails) };
}

export interface WorkerOptions {
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export function createWorker({ sleep }: WorkerOptions): Handler {
  return async ({ resource: { action, attempt, resource }, input, signal }) => {
    const { seconds = 0, fails = 0 } = (input ?? {}) as Partial<SimulatedWork>;
    await sleep(seconds * 1000, signal);
    if (fails === 'FOR_GOOD') throw new WorkFailed(`simulated failure of ${resource}`, { retryable: false });
    if (attempt <= fails) throw new WorkFailed(`simulated failure of ${resource}, attempt ${attempt}`);
    return { did: action, seconds };
  };
}
