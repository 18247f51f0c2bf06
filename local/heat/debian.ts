/** RabbitMQ and MariaDB from Debian's packages, unpacked into a folder: no root, nothing installed. */
import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { PROJECT } from '../environment.ts';
import { run } from '../processes.ts';

const PACKAGES = ['rabbitmq-server', 'mariadb-server-core', 'mariadb-client-core'];
/** Unpacked here even if the machine has them: what it has may be another version. */
const OURS = /^Package: (?:rabbitmq|erlang|mariadb|libmariadb)/;

export const HOME = `${PROJECT}.heat`;

/** The root folder of the unpacked packages. */
export async function unpackPackages(signal: AbortSignal, log: (line: string) => void): Promise<string> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/var/lib/dpkg/status'))
    throw new Error('a real Heat needs Debian 12 or a system derived from it here: there is no apt-get');
  const root = `${HOME}/debian`;
  if (existsSync(root)) return root;
  log(`unpacking ${PACKAGES.join(', ')} from Debian into .heat (once, about 30 s)`);
  const draft = `${HOME}/debian.${process.pid}`;
  const options = { logFile: `${HOME}/debian.log`, signal };
  try {
    for (const name of ['lists/partial', 'debs/partial', 'root'])
      await mkdir(`${draft}/${name}`, { recursive: true });
    const installed = (await readFile('/var/lib/dpkg/status', 'utf8')).split('\n\n');
    await writeFile(`${draft}/status`, installed.filter((one) => !OURS.test(one)).join('\n\n'));
    const settings = {
      'Dir::State::Lists': `${draft}/lists`,
      'Dir::State::status': `${draft}/status`,
      'Dir::Cache': draft,
      'Dir::Cache::archives': `${draft}/debs`,
      'Debug::NoLocking': 'true',
      'APT::Sandbox::User': '',
    };
    const apt = (...args: string[]) =>
      run('apt-get', {
        args: [...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...args],
        ...options,
      });
    await apt('update');
    await apt('install', '--yes', '--download-only', '--no-install-recommends', ...PACKAGES);
    for (const file of globSync(`${draft}/debs/*.deb`))
      await run('dpkg-deb', { args: ['-x', file, `${draft}/root`], ...options });
    // Debian's script knows one place only.
    const erl = `${draft}/root/usr/lib/erlang/bin/erl`;
    const script = await readFile(erl, 'utf8');
    await writeFile(erl, script.replaceAll('ROOTDIR=/usr/lib/erlang', 'ROOTDIR=$ERL_ROOTDIR'));
    await rename(`${draft}/root`, root);
    return root;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
