/** Installs boto3 into the project, once for each version of the requirements. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PROJECT } from '../../../local/environment.ts';
import { run } from '../../../local/processes.ts';
import { findPython } from '../../../local/python.ts';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const FOLDER = `${PROJECT}.local-cloud`;

/** The Python of a virtual environment that holds boto3. */
export async function installBoto3(): Promise<string> {
  const stamp = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 12);
  const home = `${FOLDER}/boto3-${stamp}`;
  const python = `${home}/bin/python`;
  const draft = `${home}.${process.pid}`;
  const options = { logFile: `${draft}.log`, signal: new AbortController().signal };
  await mkdir(FOLDER, { recursive: true });
  try {
    const works = await run(python, { args: ['-c', 'import boto3'], ...options }).then(
      () => true,
      () => false,
    );
    if (works) return python;
    const { command } = await findPython();
    await run(command, { args: ['-m', 'venv', '--clear', draft], ...options });
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--no-deps'];
    await run(`${draft}/bin/python`, { args: [...pip, '--requirement', REQUIREMENTS], ...options });
    await rm(home, { recursive: true, force: true });
    await rename(draft, home);
    return python;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(options.logFile, { force: true });
  }
}
