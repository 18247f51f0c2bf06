/** The engines of act two: processes that are started, killed, stopped and continued. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type EngineLine, toEntry } from './engine-lines.ts';
import type { Journal } from './journal.ts';

const PROGRAM = fileURLToPath(new URL('engine.ts', import.meta.url));

export interface Fleet {
  /** Starts an engine; that it is at work is told by the journal. */
  start(engine: string): void;
  kill(engine: string): Promise<void>;
  /** SIGSTOP: it does nothing any more, and does not know. */
  stop(engine: string): void;
  /** SIGCONT */
  continue(engine: string): void;
  /** Those that were not killed. */
  readonly alive: readonly string[];
  readonly pids: ReadonlyMap<string, number>;
  /** Aborts, with an error as the reason, if an engine ends without having been killed. */
  readonly lost: AbortSignal;
  /** Kills all that are left, the stopped ones too. */
  end(): Promise<void>;
}

interface EngineProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  killed: boolean;
  /** While it is stopped: kills it when this process is gone, which it could not notice itself. */
  guard?: ChildProcess | undefined;
}

const guardOf = (pid: number): ChildProcess =>
  spawn('sh', ['-c', 'read -r _; kill -KILL "$0"', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] });

/** @param outputsFile tells the engines where the cloud is. */
export function createFleet(outputsFile: string, journal: Journal, program = PROGRAM): Fleet {
  const engines = new Map<string, EngineProcess>();
  const pids = new Map<string, number>();
  const lost = new AbortController();
  const alive = () => [...engines].filter(([, { killed }]) => !killed).map(([name]) => name);
  const processOf = (engine: string) => engines.get(engine) as EngineProcess;
  const note = (engine: string, did: 'killed' | 'stopped' | 'continued') =>
    journal.add({ at: Date.now(), kind: 'engine', engine, did });

  function unguard(engine: EngineProcess): void {
    engine.guard?.kill('SIGKILL');
    engine.guard = undefined;
  }
  function kill(engine: string): Promise<void> {
    const found = processOf(engine);
    found.killed = true;
    unguard(found);
    found.child.kill('SIGKILL');
    return found.ended;
  }

  return {
    start(engine) {
      // Standard input stays open as long as this process lives; the engine ends when it closes.
      const child = spawn(process.execPath, [program, outputsFile, engine], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      pids.set(engine, child.pid ?? 0);
      createInterface(child.stdout).on('line', (text) => {
        const line: EngineLine = JSON.parse(text);
        const entry = toEntry(engine, line);
        if (entry) journal.add(entry);
      });
      const ended = once(child, 'exit').then(
        ([code, killedBy]) => `ended by itself (${killedBy ?? `exit code ${code}`})`,
        (error: Error) => `could not be started: ${error.message}`,
      );
      const started: EngineProcess = {
        child,
        killed: false,
        ended: ended.then((how) => {
          if (!started.killed) lost.abort(new Error(`engine ${engine} ${how}`));
        }),
      };
      engines.set(engine, started);
    },
    async kill(engine) {
      note(engine, 'killed');
      await kill(engine);
    },
    stop(engine) {
      const found = processOf(engine);
      found.guard = guardOf(found.child.pid as number);
      found.child.kill('SIGSTOP');
      note(engine, 'stopped');
    },
    continue(engine) {
      const found = processOf(engine);
      note(engine, 'continued');
      found.child.kill('SIGCONT');
      unguard(found);
    },
    get alive() {
      return alive();
    },
    pids,
    lost: lost.signal,
    async end() {
      await Promise.all(alive().map(kill));
    },
  };
}
