/**
 * `npm run test:outside`: everything on engines of others, and what takes minutes on a local cloud
 * of its own. Installs first what the engines need, or says in one line what is missing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PROJECT } from '../local/environment.ts';
import { chromiumPath } from './system/board/browser.ts';
import { installDynoxide } from './system/engines/dynoxide.ts';
import { requireOpenssl } from './system/engines/iam/ministack.ts';
import { installLocalStack } from './system/engines/localstack/localstack.ts';
import { installMoto } from './system/engines/moto/moto.ts';

const PROJECTS = ['fidelity', 'localstack', 'restore', 'verify', 'chaos', 'board', 'iam'];

/** Installs, and runs no test: an installation can be tried again, a test is not. */
const installOnly = process.argv.includes('--install');

const log = (line: string): void => console.log(`test:outside: ${line}`);

async function main(): Promise<number> {
  try {
    await requireOpenssl();
    chromiumPath();
    await installDynoxide(log);
    await installMoto(log);
    await installLocalStack(log);
  } catch (error) {
    log((error as Error).message);
    return 1;
  }
  if (installOnly) return 0;
  let failed = 0;
  // In one run, the clouds of all projects would start before the first test, and stay to the end.
  for (const name of PROJECTS) {
    const args = [`${PROJECT}node_modules/vitest/vitest.mjs`, 'run', '--project', name];
    const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    if (code !== 0) failed = 1;
  }
  return failed;
}

process.exitCode = await main();
