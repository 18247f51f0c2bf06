/** dynoxide, an open-source DynamoDB engine on SQLite, as a process. It is built from crates.io. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sdkConfig } from '../../../local/environment.ts';
import { run } from '../../../local/processes.ts';
import { INSTALLED } from '../../../local/virtual-environment.ts';
import { requireRust } from './rust.ts';
import { type Server, startServer } from './server.ts';

const VERSION = '3.2.0';
/** A debug build is fast enough, and takes a third of the time. */
const BUILD = ['--locked', '--debug', '--no-default-features', '--features', 'native-sqlite,http-server,cli'];

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

export interface Dynoxide extends Server {
  readonly dynamodb: DynamoDBClient;
}

/** @throws Error with the end of its output if it could not be built or started. */
export async function startDynoxide(): Promise<Dynoxide> {
  const { port, stop } = await startServer('dynoxide', await installDynoxide(), []);
  const dynamodb = new DynamoDBClient(sdkConfig({ endpoint: `http://127.0.0.1:${port}` }));
  return {
    port,
    dynamodb,
    async stop() {
      dynamodb.destroy();
      await stop();
    },
  };
}
