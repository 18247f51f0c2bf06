/** Installs Python packages into the project, once for each version of their requirements file. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { PROJECT } from './environment.ts';
import { run } from './processes.ts';
import { findPython } from './python.ts';

/** The folder for everything that is installed. */
export const INSTALLED = `${PROJECT}.local-cloud`;
const PROGRESS_MS = 15_000;

export interface InstallOptions {
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface Packages {
  /** The main package, by its name in the requirements file. */
  readonly name: string;
  /**
   * The name to import it by.
   * @default the package's name
   */
  readonly module?: string;
  /** The file that pins all versions. */
  readonly requirements: string;
}

/** Resolves with the Python of a virtual environment that holds the packages. */
export async function installPackages(
  { name, module = name, requirements }: Packages,
  { logFile, signal, log }: InstallOptions,
): Promise<string> {
  const pinned = await readFile(requirements, 'utf8');
  const stamp = createHash('sha256').update(pinned).digest('hex').slice(0, 12);
  const home = `${INSTALLED}/${name}-${stamp}`;
  const python = `${home}/bin/python`;
  const works = () => imports(python, module, { logFile, signal });
  if (await works()) return python;

  const base = await findPython();
  const version = new RegExp(`^${name}==(.*)$`, 'm').exec(pinned)?.[1];
  log(
    `installing ${name} ${version} from PyPI with Python ${base.version} into .local-cloud (once, up to two minutes)`,
  );
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => log(`still installing, ${seconds()} s`), PROGRESS_MS);
  // Installed in a draft folder and then renamed: a start at the same time sees all of it or
  // nothing.
  const draft = `${home}.${process.pid}`;
  try {
    await mkdir(INSTALLED, { recursive: true });
    await run(base.command, { args: ['-m', 'venv', '--clear', draft], logFile, signal });
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--no-deps'];
    await run(`${draft}/bin/python`, { args: [...pip, '--requirement', requirements], logFile, signal });
    // Another start may have finished the same installation meanwhile, and may run from it.
    if (!(await works())) await replace(home, draft);
  } finally {
    clearInterval(progress);
    await rm(draft, { recursive: true, force: true });
  }
  log(`installed in ${seconds()} s`);
  return python;
}

/** Whether the installation works: it breaks when the Python that it was made with is removed. */
async function imports(
  python: string,
  module: string,
  { logFile, signal }: Omit<InstallOptions, 'log'>,
): Promise<boolean> {
  try {
    await run(python, { args: ['-c', `import ${module}`], logFile, signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Moves a finished installation into its place. */
async function replace(home: string, draft: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
  await rename(draft, home).catch((error: NodeJS.ErrnoException) => {
    // Another start was faster.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}
