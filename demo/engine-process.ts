import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineReport } from './engine.ts';

const PROGRAM = fileURLToPath(new URL('engine.ts', import.meta.url));

/**
 * Runs the engine until it has done what it was to do, then kills it with SIGKILL.
 * @returns its process id.
 * @throws Error if it ended by itself, or did not die.
 */
export async function runAndKillEngine(
  outputsFile: string,
  signal: AbortSignal,
  heard: (report: EngineReport, pid: number) => void,
): Promise<number> {
  // Standard input stays open as long as this process lives; the engine ends when it closes.
  const engine = spawn(process.execPath, [PROGRAM, outputsFile], {
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
    killSignal: 'SIGKILL',
  });
  const exited = once(engine, 'exit');
  // Else it would count as unhandled while the lines are read.
  exited.catch(() => {});
  const pid = engine.pid ?? 0;
  for await (const line of createInterface(engine.stdout)) {
    const report: EngineReport = JSON.parse(line);
    heard(report, pid);
    if (report.did === 'everything') engine.kill('SIGKILL');
  }
  const [code, killedBy] = await exited;
  if (killedBy !== 'SIGKILL') throw new Error(`the engine ended by itself with exit code ${code}`);
  return pid;
}
