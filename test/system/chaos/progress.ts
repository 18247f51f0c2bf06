import type { Finding } from './audit/auditor.ts';
import type { Disturbances } from './disturb.ts';
import type { Fleet } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';

const EVERY_MS = 5000;

export interface Progress {
  /** What keeps the run from its end. */
  waitsFor(open: readonly Finding[]): void;
  stop(): void;
}

export interface Watched {
  readonly startedAt: number;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly fleet: Fleet;
  readonly disturbances: Disturbances;
  readonly log: (line: string) => void;
}

/** Says every few seconds what happens. */
export function report({ startedAt, ledger, observer, fleet, disturbances, log }: Watched): Progress {
  let open: readonly Finding[] = [];
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const { operationEvents } = observer;
    const started = operationEvents.filter(({ status }) => status === 'IN_PROGRESS').length;
    const ended = operationEvents.length - started;
    const now = open.length > 0 ? `${open.length} open: ${open[0]?.what}` : disturbances.now.join('; ');
    log(
      `+${seconds} s  operations: ${started} started, ${ended} ended; ${ledger.asked.length} requests; ` +
        `${fleet.running.length} of ${fleet.alive.length} engines run; ${now || 'calm'}`,
    );
  }, EVERY_MS);
  return {
    waitsFor(findings) {
      open = findings;
    },
    stop: () => clearInterval(timer),
  };
}
