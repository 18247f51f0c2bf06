/**
 * Puts defects into the decisions and the use cases, one at a time, and counts those that no test
 * notices: `npm run mutate`, or of some files `npm run mutate -- --mutate lambdas/domain/timer.ts`.
 * The report comes to reports/mutation.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const report = join('reports', 'mutation');

/**
 * Stryker changes files where they are, since it cannot do otherwise with this TypeScript: so it
 * gets a copy.
 */
function copyTo(folder: string): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: project, encoding: 'utf8' }).split('\0');
  for (const file of files) {
    // What was deleted, but is not committed, is listed too.
    if (file !== '' && existsSync(join(project, file))) cpSync(join(project, file), join(folder, file));
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'), 'dir');
}

const copy = mkdtempSync(join(tmpdir(), 'stack-timeouts-mutate-'));
try {
  copyTo(copy);
  const stryker = join('node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const args = [stryker, 'run', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: copy, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  if (existsSync(join(copy, report))) cpSync(join(copy, report), join(project, report), { recursive: true });
} finally {
  rmSync(copy, { recursive: true, force: true });
}
