/**
 * `npm run test:heat`: tests on a real Heat. Installs first what is missing, or says in one line why
 * that cannot be done.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PROJECT } from '../../../local/environment.ts';
import { installHeat } from '../../../local/heat/heat.ts';

/** Installs, and runs no test: an installation can be tried again, a test is not. */
const installOnly = process.argv.includes('--install');

const log = (line: string): void => console.log(`test:heat: ${line}`);

/** Resolves with the exit code. */
async function run(command: string, ...args: string[]): Promise<number> {
  const [code] = await once(spawn(command, args, { cwd: PROJECT, stdio: 'inherit' }), 'exit');
  return code ?? 1;
}

async function main(): Promise<number> {
  try {
    await installHeat(new AbortController().signal, log);
  } catch (error) {
    log((error as Error).message);
    return 1;
  }
  if (installOnly) return 0;
  const modules = `${PROJECT}node_modules`;
  const config = 'test/system/heat/vitest.config.ts';
  return run(process.execPath, `${modules}/vitest/vitest.mjs`, 'run', '--config', config);
}

process.exitCode = await main();
