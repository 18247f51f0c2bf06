/** The reason with which the signal of `interrupted` aborts. */
export class Interruption extends Error {}

/** Aborts at Ctrl-C, SIGTERM or when the terminal is closed. Whoever asks for it ends the process in good order. */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Interruption(name)));
  }
  return controller.signal;
}

/** Never fulfilled: throws the signal's reason when it aborts. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
