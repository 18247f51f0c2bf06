/** Calls of the AWS SDK that never get an answer, and time limits that pass when a test says so. */
import { onTestFinished, vi } from 'vitest';

/** A request handler in place of the network. */
export const hanging = (onCall: () => void) => ({
  handle: (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
    new Promise((__, reject) => {
      abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
      onCall();
    }),
});

/** Until the test ends, AbortSignal.timeout waits for `fire`. */
export function heldTimeouts() {
  const limits: [number, AbortController][] = [];
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    const controller = new AbortController();
    limits.push([milliseconds, controller]);
    return controller.signal;
  });
  onTestFinished(() => spy.mockRestore());
  return {
    /** The limits of just so many milliseconds are over. */
    fire(milliseconds: number): void {
      for (const [limit, controller] of limits) if (limit === milliseconds) controller.abort();
    },
  };
}
