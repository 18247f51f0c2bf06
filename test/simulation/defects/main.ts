/**
 * `npm run defects`: puts each defect into a copy of the code, and runs the simulation over it
 * until that finds it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { argumentsOf, wholeNumber } from '../../support/arguments.ts';
import { DEFECTS, type Defect } from './list.ts';

const HELP = `Usage: npm run defects [-- --only TEXT] [--histories 60000] [--seed 1]

Puts each deliberate defect into a copy of the code, one at a time, and lets the simulation look for it.

  --only TEXT     only the defects with this text in their name
  --histories N   how many histories at most for each
  --seed S        the first seed

Exit code: 0 if all were found, 1 if not, 2 if the arguments are wrong.`;

const values = argumentsOf(
  {
    histories: { type: 'string', default: '60000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
  HELP,
);
wholeNumber('histories', values.histories, 1, HELP);
wholeNumber('seed', values.seed, 0, HELP);
const chosen = DEFECTS.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) {
  console.error(
    `no defect has "${values.only}" in its name; there are:\n${DEFECTS.map(({ name }) => name).join('\n')}`,
  );
  process.exit(2);
}
const ROOT = join(import.meta.dirname, '../../..');
const NEEDED = ['client', 'contract', 'infra', 'lambdas', 'test/simulation', 'test/support', 'package.json'];

interface Found {
  readonly seed: number;
  readonly histories: number;
  readonly promise: string;
  readonly message: string;
}

interface Range {
  readonly histories: string;
  readonly seed: string;
}

/** What it found must be the defect, not something that is wrong without it. */
function search(folder: string): Found | undefined {
  const found = simulate(folder, values);
  if (found && simulate(ROOT, { histories: '1', seed: String(found.seed) }))
    throw new Error(`seed ${found.seed} breaks ${found.promise} without the defect: ${found.message}`);
  return found;
}

function copyWith({ file, find, replace }: Defect): string {
  const folder = mkdtempSync(join(tmpdir(), 'defect-'));
  for (const name of NEEDED) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const source = readFileSync(join(ROOT, file), 'utf8');
  if (source.split(find).length !== 2) throw new Error(`${file} does not have this text once: ${find}`);
  writeFileSync(
    join(folder, file),
    source.replace(find, () => replace),
  );
  return folder;
}

/** What the simulation of a copy came to; undefined if it found nothing. */
function simulate(folder: string, { histories, seed }: Range): Found | undefined {
  const args = ['test/simulation/simulate.ts', '--json', '--histories', histories, '--seed', seed];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line).violation ?? undefined;
  } catch {
    throw new Error(`the simulation itself failed: ${stderr.slice(-2000)}`);
  }
}

let missed = 0;
console.log(['HISTORIES', 'SEED', 'PROMISE', 'DEFECT'].join('\t'));
for (const defect of chosen) {
  const folder = copyWith(defect);
  try {
    const found = search(folder);
    if (found === undefined) missed++;
    const columns = found ? [found.histories, found.seed, found.promise] : ['-', '-', 'NOT FOUND'];
    console.log([...columns, defect.name].join('\t'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (missed > 0) {
  console.error(`${missed} defects were not found`);
  process.exit(1);
}
