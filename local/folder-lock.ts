import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAlive } from './processes.ts';

/**
 * Locks a folder for this process, so that two local clouds never write to the same one. A lock
 * left by a killed process does not count.
 * @returns a function that releases the lock.
 * @throws Error that names the process that holds the lock.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const pidFile = `${folder}/pid`;
  const holder = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (holder > 0 && holder !== process.pid && isAlive(holder)) {
    throw new Error(
      [
        `process ${holder} runs a local cloud in ${folder} (according to ${pidFile}).`,
        `To stop it: kill ${holder}`,
        'To start a second one: LOCAL_CLOUD_DIR=.local/2 LOCAL_CLOUD_PORT=4567 npm run local',
      ].join('\n  '),
    );
  }
  await rm(pidFile, { force: true });
  await writeFile(pidFile, `${process.pid}\n`, { flag: 'wx' });
  return () => rm(pidFile, { force: true });
}
