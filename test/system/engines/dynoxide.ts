/** dynoxide, an open-source DynamoDB engine on SQLite, as a process. It is built from crates.io. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { sdkConfig } from '../../../local/environment.ts';
import { killGroup, run, tail } from '../../../local/processes.ts';
import { freePort } from '../../../local/tcp-port.ts';
import { INSTALLED } from '../../../local/virtual-environment.ts';
import { eventually } from '../../support/eventually.ts';
import { startGuarded } from './guarded.ts';
import { requireRust } from './rust.ts';

const VERSION = '3.2.0';
/** A debug build is fast enough, and takes a third of the time. */
const BUILD = ['--locked', '--debug', '--no-default-features', '--features', 'native-sqlite,http-server,cli'];
const START_TIMEOUT_MS = 60_000;

/**
 * Builds dynoxide into the project, once for each version. Resolves with the path of its program.
 * @throws Error that says what is missing, in one line, or the end of the build's output.
 */
export async function installDynoxide(log: (line: string) => void = () => {}): Promise<string> {
  const home = `${INSTALLED}/dynoxide-${VERSION}`;
  const program = `${home}/bin/dynoxide`;
  if (existsSync(program)) return program;
  await requireRust();
  log(`building dynoxide ${VERSION} from crates.io into .local-cloud (once, one to three minutes)`);
  await mkdir(INSTALLED, { recursive: true });
  // Built in a draft folder and then renamed: a run at the same time sees all of it or nothing.
  const draft = `${home}.${process.pid}`;
  try {
    await run('cargo', {
      args: ['install', 'dynoxide-rs', '--version', VERSION, ...BUILD, '--root', draft],
      logFile: `${INSTALLED}/dynoxide.log`,
      signal: new AbortController().signal,
    });
    await rename(draft, home).catch((error) => {
      // Another run was faster.
      if (!existsSync(program)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return program;
}

export interface Dynoxide {
  readonly port: number;
  readonly dynamodb: DynamoDBClient;
  stop(): Promise<void>;
}

/** @throws Error with the end of its output if it could not be built or started. */
export async function startDynoxide(): Promise<Dynoxide> {
  const program = await installDynoxide();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'dynoxide-'));
  const logFile = join(folder, 'log');
  const args = ['--host', '127.0.0.1', '--port', String(port)];
  const child = startGuarded(program, { args, cwd: folder, env: process.env, logFile });
  const ended = once(child, 'exit');
  const dynamodb = new DynamoDBClient(sdkConfig({ endpoint: `http://127.0.0.1:${port}` }));
  const stop = async () => {
    dynamodb.destroy();
    killGroup(child);
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(() => dynamodb.send(new ListTablesCommand({})), { within: START_TIMEOUT_MS });
    return { port, dynamodb, stop };
  } catch (error) {
    const output = await tail(logFile, 30);
    await stop();
    throw new Error(`dynoxide does not answer: ${(error as Error).message}; ${output}`);
  }
}
