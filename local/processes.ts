/** Child processes that can be stopped with all that they have started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Run {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** Where its output goes. An earlier log is overwritten. */
  readonly logFile: string;
}

/** Starts a program as the leader of a process group, so that what it starts can be ended with it. */
export function start(command: string, { args, cwd, env, logFile }: Run): ChildProcess {
  const log = openSync(logFile, 'w');
  try {
    // Standard input stays open as long as this process lives: a program may end itself when it closes.
    return spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Kills a whole process group, also when its leader has ended already. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a program to its end.
 * @throws Error with the end of its output if it fails; the signal's reason, after it was killed, if that aborts first.
 */
export async function run(command: string, options: Run & { signal: AbortSignal }): Promise<void> {
  const { signal, logFile } = options;
  signal.throwIfAborted();
  const child = start(command, options);
  const kill = () => killGroup(child);
  signal.addEventListener('abort', kill);
  try {
    const [code, killedBy] = await once(child, 'exit');
    signal.throwIfAborted();
    if (code === 0) return;
    const how = killedBy === null ? `exit code ${code}` : killedBy;
    throw new Error(`${[command, ...options.args].join(' ')}: ${how}\n${await tail(logFile)}`);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** The last lines of a log, to show with an error. */
export async function tail(logFile: string, lines = 12): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return [`the end of ${logFile}:`, ...text.trimEnd().split('\n').slice(-lines)].join('\n  ');
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Waits for all of several jobs. When one fails the others are aborted, and have ended when this returns.
 * @throws what the first one threw.
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  jobs: { [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const results = await Promise.allSettled(
    jobs.map(async (job) => {
      try {
        return await job(either);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  failure.signal.throwIfAborted();
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
