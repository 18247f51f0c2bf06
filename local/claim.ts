import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAlive } from './processes.ts';

/**
 * Claims a folder for this process, so that two local clouds do not write to the same one.
 * @returns what gives it back.
 * @throws Error that names the process that has it.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const pidFile = `${folder}/pid`;
  const holder = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (holder > 0 && holder !== process.pid && isAlive(holder)) {
    throw new Error(
      [
        `process ${holder} has a local cloud in ${folder} (says ${pidFile}).`,
        `Stop it: kill ${holder}`,
        'Or start another one beside it: LOCAL_CLOUD_DIR=.local/2 LOCAL_CLOUD_PORT=4567 npm run local',
      ].join('\n  '),
    );
  }
  // Left behind by a process that was killed, or free.
  await rm(pidFile, { force: true });
  await writeFile(pidFile, `${process.pid}\n`, { flag: 'wx' });
  return () => rm(pidFile, { force: true });
}
