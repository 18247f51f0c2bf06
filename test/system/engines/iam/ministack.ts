/** MiniStack that verifies signatures and enforces IAM, over TLS. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { rootCertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { installEmulator } from '../../../../local/emulator.ts';
import { emulatorEnvironment, PROJECT } from '../../../../local/environment.ts';
import { eventually } from '../../../../local/eventually.ts';
import { killGroup, start, tail } from '../../../../local/processes.ts';
import { freePort } from '../../../../local/tcp-port.ts';

const START_TIMEOUT_MS = 120_000;

export interface EnforcingCloud {
  readonly endpoint: string;
  /** With the output of the functions. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/**
 * MiniStack makes its certificate with this program.
 * @throws Error that says in one line what is missing.
 */
export async function requireOpenssl(): Promise<void> {
  await promisify(execFile)('openssl', ['version']).catch(() => {
    throw new Error('the tests where IAM is enforced need the program openssl; found none');
  });
}

/**
 * Starts it with a certificate of its own, which this process and those that it starts from now on
 * trust.
 * @param folder for its state and logs.
 * @throws Error with the end of its output if it does not start.
 */
export async function startEnforcingCloud(
  folder: string,
  log: (line: string) => void,
): Promise<EnforcingCloud> {
  await requireOpenssl();
  const { signal } = new AbortController();
  const python = await installEmulator({ logFile: `${folder}/install.log`, signal, log });
  for (const name of ['tmp', 'state', 's3']) await mkdir(`${folder}/${name}`, { recursive: true });
  // It writes CommonJS programs here, which Node would take for ES modules without this file.
  await writeFile(`${folder}/package.json`, '{}');
  const port = await freePort();
  const logFile = `${folder}/emulator.log`;
  const child = start(python, {
    args: [`${PROJECT}local/emulator.py`],
    cwd: folder,
    // Policies of queues and buckets deny what is not TLS, and are enforced too.
    env: { ...emulatorEnvironment(process.env, port, folder), AUTH: 'true', USE_SSL: '1' },
    logFile,
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    killGroup(child);
    await ended;
  };
  const endpoint = `https://127.0.0.1:${port}`;
  const certificate = `${folder}/tmp/ministack-tls/server.crt`;
  try {
    await eventually(
      async () => {
        setDefaultCACertificates([...rootCertificates, await readFile(certificate, 'utf8')]);
        const { ok } = await fetch(`${endpoint}/_ministack/health`);
        if (!ok) throw new Error('not healthy');
      },
      { within: START_TIMEOUT_MS },
    );
    process.env.NODE_EXTRA_CA_CERTS = certificate;
    // The CDK CLI reads this one.
    process.env.AWS_CA_BUNDLE = certificate;
    return { endpoint, logFile, stop };
  } catch (error) {
    const output = await tail(logFile, 30);
    await stop();
    throw new Error(`MiniStack does not answer: ${(error as Error).message}; ${output}`);
  }
}
