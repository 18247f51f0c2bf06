import { once } from 'node:events';
import type { Bridge, Line } from '../../../../local/heat/bridge.ts';

/** How long a bridge lives that logs nothing new: too short to resume a step, and long enough. */
const LIVES_MS = [3000, 30_000];

export interface CrashingBridge {
  /** How often it was killed. */
  readonly kills: number;
  stop(): Promise<void>;
}

/**
 * A bridge that is killed with SIGKILL whenever it logs what it has not logged before, so once after
 * each kind of step, and else after 3 or 30 s; then the next one is started.
 */
export function startCrashingBridge(start: (onLine: (line: Line) => void) => Bridge): CrashingBridge {
  const seen = new Set<string>();
  const stopping = new AbortController();
  let kills = 0;
  const crash = async () => {
    while (!stopping.signal.aborted) {
      const life = AbortSignal.timeout(LIVES_MS[kills % LIVES_MS.length] as number);
      const atLine = new AbortController();
      const bridge = start(({ message, action, by }) => {
        const kind = [message, action, by].join(' ');
        if (seen.has(kind)) return;
        seen.add(kind);
        atLine.abort();
      });
      const end = AbortSignal.any([life, atLine.signal, stopping.signal]);
      if (!end.aborted) await once(end, 'abort');
      await bridge.kill();
      kills += 1;
    }
  };
  const ended = crash();
  return {
    get kills() {
      return kills;
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
