/**
 * `npm run test:outside`: everything on engines of others, and what takes minutes on a local cloud
 * of its own. Installs first what the engines need, or says in one line what is missing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PROJECT } from '../local/environment.ts';
import { installLocalStack } from './system/engines/localstack/localstack.ts';

const PROJECTS = ['fidelity', 'restore', 'chaos', 'localstack'];

/** Installs, and runs no test: an installation can be tried again, a test is not. */
const installOnly = process.argv.includes('--install');

const log = (line: string): void => console.log(`test:outside: ${line}`);

async function main(): Promise<number> {
  try {
    await installLocalStack(log);
  } catch (error) {
    log((error as Error).message);
    return 1;
  }
  if (installOnly) return 0;
  const vitest = [`${PROJECT}node_modules/vitest/vitest.mjs`, 'run'];
  const args = [...vitest, ...PROJECTS.flatMap((name) => ['--project', name])];
  const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

process.exitCode = await main();
