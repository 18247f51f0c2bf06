import { ShuttingDown } from './work.ts';

interface Process {
  on(signal: 'SIGTERM', listener: () => void): unknown;
  once(signal: 'SIGINT', listener: () => void): unknown;
}

/**
 * A signal for Engine.run() that fires on SIGTERM or SIGINT. A second SIGINT (Ctrl-C again) is not
 * caught, and ends the process at once.
 */
export function stopOnSignals(from: Process = process): AbortSignal {
  const controller = new AbortController();
  const stop = (name: string) => () => controller.abort(new ShuttingDown(`the process received ${name}`));
  from.on('SIGTERM', stop('SIGTERM'));
  from.once('SIGINT', stop('SIGINT'));
  return controller.signal;
}
