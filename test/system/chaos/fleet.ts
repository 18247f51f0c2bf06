/** Engines as real processes: started, killed, stopped and continued. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineLine, EngineSettings } from '../e2e/support/engine-process.ts';
import type { Deployment } from './deployment.ts';
import type { EngineSaid } from './observations.ts';

const PROGRAM = fileURLToPath(new URL('../e2e/support/engine-process.ts', import.meta.url));
const CONCURRENCY = 4;

export interface Fleet {
  /** What all of them have said. */
  readonly said: readonly EngineSaid[];
  /** Those that were not killed, the stopped ones too. */
  readonly alive: readonly string[];
  /** Those that are neither killed nor stopped. */
  readonly running: readonly string[];
  start(): void;
  /** SIGKILL */
  kill(engineId: string): void;
  /** SIGSTOP: it does nothing any more, and does not know. */
  stop(engineId: string): void;
  /** SIGCONT */
  continue(engineId: string): void;
  /** Aborts, with an error as the reason, if an engine ends without having been killed. */
  readonly lost: AbortSignal;
  /** Kills all that are left. */
  end(): Promise<void>;
}

interface Living {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** While it is stopped: kills it when this process is gone, which it could not notice itself. */
  guard?: ChildProcess | undefined;
}

const guardOf = (pid: number): ChildProcess =>
  spawn('sh', ['-c', 'read -r _; kill -KILL "$0"', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] });

export function createFleet(deployment: Deployment): Fleet {
  const said: EngineSaid[] = [];
  const living = new Map<string, Living>();
  const lost = new AbortController();
  let started = 0;

  function unguard(engine: Living | undefined): void {
    engine?.guard?.kill('SIGKILL');
    if (engine) engine.guard = undefined;
  }
  function kill(engineId: string): Promise<unknown> | undefined {
    const engine = living.get(engineId);
    living.delete(engineId);
    unguard(engine);
    engine?.child.kill('SIGKILL');
    return engine?.ended;
  }

  return {
    said,
    get alive() {
      return [...living.keys()];
    },
    get running() {
      return [...living].filter(([, { guard }]) => !guard).map(([engineId]) => engineId);
    },
    start() {
      const engineId = `engine-${++started}`;
      const settings: EngineSettings = {
        endpoint: deployment.outputs.endpoint,
        functionName: deployment.output('WorkerFunctionName'),
        queueUrl: deployment.output('WorkQueueUrl'),
        engineId,
        concurrency: CONCURRENCY,
      };
      // It ends when its standard input closes: when this process is gone.
      const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
        stdio: ['pipe', 'pipe', 'inherit'],
        // Not in this process group: Ctrl-C is not for engines.
        detached: true,
      });
      createInterface(child.stdout).on('line', (text) => {
        said.push({ engineId, line: JSON.parse(text) as EngineLine });
      });
      const ended = once(child, 'exit').then(([code, signal]) => {
        if (living.delete(engineId)) lost.abort(new Error(`${engineId} ended by itself: ${signal ?? code}`));
      });
      living.set(engineId, { child, ended });
    },
    kill: (engineId) => void kill(engineId),
    stop(engineId) {
      const engine = living.get(engineId);
      if (!engine?.child.pid) return;
      engine.guard = guardOf(engine.child.pid);
      engine.child.kill('SIGSTOP');
    },
    continue(engineId) {
      const engine = living.get(engineId);
      engine?.child.kill('SIGCONT');
      unguard(engine);
    },
    lost: lost.signal,
    async end() {
      await Promise.all([...living.keys()].map(kill));
    },
  };
}
