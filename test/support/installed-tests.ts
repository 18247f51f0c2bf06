/** Runs of tests that must install something first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PROJECT } from '../../local/environment.ts';

/** Some take a quarter of an hour on two cores. A run that hangs must leave time for the others. */
const LIMIT_MINUTES = 30;

interface InstalledTests {
  /** Of the script in package.json. */
  readonly name: string;
  /** Installs what is missing. @throws Error that says in one line what cannot be installed. */
  readonly install: (log: (line: string) => void) => Promise<unknown>;
  /** Those of `vitest.config.ts`: a run for each. */
  readonly projects: readonly string[];
}

/**
 * Installs, then runs the tests. With `--install`, it runs none: an installation can be tried again,
 * a test is not. Resolves with the exit code.
 */
export async function runInstalledTests({ name, install, projects }: InstalledTests): Promise<number> {
  const log = (line: string): void => console.log(`${name}: ${line}`);
  try {
    await install(log);
  } catch (error) {
    log((error as Error).message);
    return 1;
  }
  if (process.argv.includes('--install')) return 0;
  let failed = 0;
  // In one run, the clouds of all projects would start before the first test, and stay to the end.
  for (const project of projects) {
    const args = [`${PROJECT}node_modules/vitest/vitest.mjs`, 'run', '--project', project];
    const child = spawn(process.execPath, args, {
      cwd: PROJECT,
      stdio: 'inherit',
      timeout: LIMIT_MINUTES * 60_000,
      killSignal: 'SIGKILL',
    });
    const [code] = await once(child, 'exit');
    if (child.killed) log(`the tests of ${project} were killed: they may take ${LIMIT_MINUTES} minutes`);
    if (code !== 0) failed = 1;
  }
  return failed;
}
