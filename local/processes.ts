/** Child processes that are killed together with everything they started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Run {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** Receives the output; an earlier log is overwritten. */
  readonly logFile: string;
}

/**
 * Starts a program as the leader of a process group, so that its children can be killed with it.
 */
export function start(command: string, { args, cwd, env, logFile }: Run): ChildProcess {
  const log = openSync(logFile, 'w');
  try {
    // Standard input stays open while this process lives: a program can watch it, and end when it
    // closes.
    return spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Kills a process group, even if its leader has ended. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a program until it ends.
 * @throws Error with the last lines of its output if it fails; the signal's reason, after it killed
 * the program, if that fires first.
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

/** The last lines of a log, for an error message. */
export async function tail(logFile: string, lines = 12): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return [`the last lines of ${logFile}:`, ...text.trimEnd().split('\n').slice(-lines)].join('\n  ');
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
 * Runs jobs at the same time and waits for all of them. When one fails, the others' signal fires.
 * @throws what the first failed job threw.
 */
export async function runConcurrently(
  signal: AbortSignal,
  jobs: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const failure = new AbortController();
  const signals = AbortSignal.any([signal, failure.signal]);
  await Promise.allSettled(jobs.map((job) => job(signals).catch((error) => failure.abort(error))));
  failure.signal.throwIfAborted();
}
