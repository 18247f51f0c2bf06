import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../../local/environment.ts';

/**
 * Makes a folder for a local cloud. Inside the project, as `npm run local` has it: what lies around
 * a folder can matter to programs in it.
 */
export async function localFolder(prefix: string): Promise<string> {
  await mkdir(join(PROJECT, '.local'), { recursive: true });
  return mkdtemp(join(PROJECT, '.local', prefix));
}
