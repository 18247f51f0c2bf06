/** The reason of the signal that `interrupted` returns. */
export class Interruption extends Error {}

/** A signal that fires on SIGINT, SIGTERM or SIGHUP. The caller cleans up and ends the process. */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Interruption(name)));
  }
  return controller.signal;
}

/** Rejects with the signal's reason when it fires; never resolves. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
