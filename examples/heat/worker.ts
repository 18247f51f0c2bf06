/** The worker: simulates the work on a resource. A real engine would call the cloud here. */
import { type Handler, WorkFailed } from '../../client/index.ts';
import type { SimulatedWork } from './simulation.ts';

export interface WorkerOptions {
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export function createWorker({ sleep }: WorkerOptions): Handler {
  return async ({ resource, input, signal }) => {
    const { seconds = 0, fails = 0 } = (input ?? {}) as Partial<SimulatedWork>;
    await sleep(seconds * 1000, signal);
    signal.throwIfAborted();
    const { action, attempt, resource: name } = resource;
    if (fails === 'FOR_GOOD') throw new WorkFailed(`simulated failure of ${name}`, { retryable: false });
    if (attempt <= fails) throw new WorkFailed(`simulated failure of ${name}, attempt ${attempt}`);
    return { did: action, seconds };
  };
}
