/** What every demo does around its scenarios: folder, interruption, exit code. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { interrupted } from '../local/interruption.ts';

/** npm changes to the project's folder. The user's folder is in INIT_CWD. */
export const fileOf = (name: string): string => resolve(process.env.INIT_CWD ?? '', name);

/** @param signal fires when the user interrupts. What it interrupts may throw any error. */
export type Demo = (dir: string, signal: AbortSignal) => Promise<boolean>;

/**
 * Runs a demo with a temporary folder for its logs, and keeps the folder if not all held.
 * @returns the exit code: 0 all held, 1 not all held or an error, 130 interrupted.
 */
export async function runDemo(demo: Demo): Promise<number> {
  const interruption = interrupted();
  const dir = await mkdtemp(join(tmpdir(), 'stack-timeouts-demo-'));
  let exitCode = 1;
  try {
    exitCode = (await demo(dir, interruption)) ? 0 : 1;
  } catch (error) {
    const { message } = interruption.reason ?? error;
    console.error(`demo: ${interruption.aborted ? 'interrupted by ' : ''}${message}`);
    if (interruption.aborted) exitCode = 130;
  }
  if (exitCode !== 1) await rm(dir, { recursive: true, force: true });
  else console.log(`\nThe logs are in ${dir}`);
  return exitCode;
}
