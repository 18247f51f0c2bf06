/** Source distributions from PyPI, kept in `.local-cloud/`. */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { PROJECT } from '../../../../local/environment.ts';
import { run } from '../../../../local/processes.ts';
import { findPython } from '../../../../local/python.ts';

export interface Sdist {
  readonly name: string;
  readonly version: string;
  /** Of the archive. */
  readonly sha256: string;
}

const FOLDER = `${PROJECT}.local-cloud`;

/**
 * Downloads and unpacks a source distribution, unless an earlier run has. Returns its folder. It
 * uses pip, which knows a configured mirror.
 */
export async function unpackedSdist({ name, version, sha256 }: Sdist, signal: AbortSignal): Promise<string> {
  const home = `${FOLDER}/${name}-${version}`;
  if ((await readdir(home).catch(() => [])).length > 0) return home;
  await mkdir(FOLDER, { recursive: true });
  const python = await findPython();
  // Renamed when complete: another test run at the same time sees all of it or nothing.
  const draft = await mkdtemp(`${home}.`);
  const logFile = `${draft}/log`;
  const quietly = { logFile, signal };
  try {
    await writeFile(`${draft}/requirements.txt`, `${name}==${version} --hash=sha256:${sha256}\n`);
    await run(python.command, { args: ['-m', 'venv', `${draft}/venv`], ...quietly });
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'download', '--no-deps'];
    const what = ['--require-hashes', '--no-binary', name, '--requirement', `${draft}/requirements.txt`];
    await run(`${draft}/venv/bin/python`, { args: [...pip, ...what, '--dest', draft], ...quietly });
    const archive = (await readdir(draft)).find((file) => file.endsWith('.tar.gz'));
    await mkdir(`${draft}/unpacked`);
    await run('tar', { args: ['-xzf', `${draft}/${archive}`, '-C', `${draft}/unpacked`], ...quietly });
    await rename(`${draft}/unpacked`, home).catch((error: NodeJS.ErrnoException) => {
      // Another run was faster by a moment.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return home;
}
