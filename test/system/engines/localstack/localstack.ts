/**
 * LocalStack's open-source core as a process: its CloudFormation, SQS, EventBridge, Lambda API and
 * pollers. Its Lambda functions are processes, by an executor of our own, and its DynamoDB is
 * dynoxide: it needs neither Docker nor Java.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { path, REGION } from '../../../../local/environment.ts';
import { eventually } from '../../../../local/eventually.ts';
import { killGroup, run, tail } from '../../../../local/processes.ts';
import { freePort } from '../../../../local/tcp-port.ts';
import { INSTALLED, installPackages } from '../../../../local/virtual-environment.ts';
import { installDynoxide, startDynoxide } from '../dynoxide.ts';
import { startGuarded } from '../guarded.ts';

/** Older ones cannot read its source, whatever its metadata say. */
const PYTHON = '3.13';
const START_TIMEOUT_MS = 120_000;

type Log = (line: string) => void;

const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Where pyenv keeps this Python: its own commands show it only where it is switched on. */
const pyenv = (): string[] =>
  globSync(`${process.env.PYENV_ROOT ?? `${homedir()}/.pyenv`}/versions/${PYTHON}.*/bin`);

/**
 * Installs LocalStack and the executor into the project, once for each version of either. Resolves
 * with the Python of a virtual environment that holds them. uv downloads a Python if none is there.
 * @throws Error that says what is missing, in one line, or the end of an installation's output.
 */
export async function installLocalStack(log: Log = () => {}): Promise<string> {
  await installDynoxide(log);
  const requirements = fileBeside('requirements.txt');
  const files = [
    requirements,
    ...globSync(fileBeside('{pyproject.toml,process_executor/*.{py,mjs}}')).sort(),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  const home = `${INSTALLED}/localstack-${hash.digest('hex').slice(0, 12)}`;
  const python = `${home}/bin/python`;
  // Written last.
  if (existsSync(`${home}/complete`)) return python;

  const logFile = `${INSTALLED}/localstack.log`;
  const signal = new AbortController().signal;
  const tools = await installPackages(
    { name: 'uv', requirements: fileBeside('uv.txt') },
    { logFile, signal, log },
  );
  log(`installing LocalStack from PyPI with Python ${PYTHON} into .local-cloud (once, about a minute)`);
  const env = { ...process.env, PATH: [...pyenv(), process.env.PATH].join(delimiter) };
  const uv = (...args: string[]) => run(`${dirname(tools)}/uv`, { args, env, logFile, signal });
  const draft = `${home}.${process.pid}`;
  try {
    await uv('venv', '--clear', '--python', PYTHON, draft).catch(() => {
      const missing = 'found none, on PATH or from pyenv, and uv could not download one from GitHub';
      throw new Error(`LocalStack needs Python ${PYTHON}: ${missing} (see ${logFile})`);
    });
    const install = ['pip', 'install', '--python', `${draft}/bin/python`];
    await uv(...install, '--no-deps', '--requirement', requirements);
    await uv(...install, '--no-deps', fileBeside('.'));
    await writeFile(`${draft}/complete`, '');
    await rename(draft, home).catch((error) => {
      // Another run was faster.
      if (!existsSync(`${home}/complete`)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(fileBeside('build'), { recursive: true, force: true });
    await rm(fileBeside('process_executor.egg-info'), { recursive: true, force: true });
  }
  return python;
}

export interface LocalStack {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * @param folder for its state and logs.
 * @throws Error with the end of its output if it does not start.
 */
export async function startLocalStack(folder: string, log: Log): Promise<LocalStack> {
  const python = await installLocalStack(log);
  const engine = await startDynoxide();
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const logFile = `${folder}/localstack.log`;
  await mkdir(`${folder}/tmp`, { recursive: true });
  const child = startGuarded(python, {
    args: ['-m', 'localstack.runtime.main'],
    cwd: folder,
    logFile,
    // Nothing of the caller's: an AWS_ENDPOINT_URL would send the functions' calls elsewhere.
    env: {
      PATH: path(process.env),
      HOME: folder,
      TMPDIR: `${folder}/tmp`,
      FILESYSTEM_ROOT: `${folder}/state`,
      GATEWAY_LISTEN: address,
      GATEWAY_SERVER: 'loopback',
      LOCALSTACK_HOST: address,
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      PROVIDER_OVERRIDE_DYNAMODB: 'v2',
      DYNAMODB_LOCAL_PORT: String(engine.port),
      DYNAMODB_IN_MEMORY: '1',
      // Lambda asks a shard four times a second, and waits at a queue. By default, LocalStack asks a
      // shard once a second, and an empty queue every 10 s.
      LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: '0.25',
      LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: '1',
      SQS_DISABLE_CLOUDWATCH_METRICS: '1',
      AWS_DEFAULT_REGION: REGION,
      // It needs nothing from the internet, and tells it nothing.
      DNS_ADDRESS: '0',
      USE_SSL: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      EAGER_SERVICE_LOADING: '0',
    },
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    killGroup(child);
    await ended;
    await engine.stop();
  };
  const endpoint = `http://${address}`;
  try {
    await eventually(
      async () => {
        const { ok } = await fetch(`${endpoint}/_localstack/health`);
        if (!ok) throw new Error('not healthy');
      },
      { within: START_TIMEOUT_MS },
    );
    return { endpoint, stop };
  } catch (error) {
    const output = await tail(logFile, 30);
    await stop();
    throw new Error(`LocalStack does not answer: ${(error as Error).message}; ${output}`);
  }
}
