/** DynamoDB Local, AWS's own engine, as a process. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { sdkConfig } from '../../../../local/environment.ts';
import { killGroup, start, tail } from '../../../../local/processes.ts';
import { freePort } from '../../../../local/tcp-port.ts';
import { INSTALLED } from '../../../../local/virtual-environment.ts';
import { eventually } from '../../../support/eventually.ts';
import { installTools } from './tools.ts';

const fileBeside = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const LIST = fileBeside('dynamodb-local.txt');

/** It is fetched before it is started, if it was not yet. */
const START_TIMEOUT_MS = 300_000;

export interface DynamoDbLocal {
  readonly dynamodb: DynamoDBClient;
  stop(): Promise<void>;
}

/** @throws Error with the end of its output if it could not be fetched or started. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const python = await installTools();
  const stamp = createHash('sha256')
    .update(await readFile(LIST))
    .digest('hex')
    .slice(0, 12);
  await mkdir(INSTALLED, { recursive: true });
  const port = String(await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'dynamodb-local-'));
  const logFile = join(folder, 'log');
  const args = [fileBeside('dynamodb_local.py'), LIST, `${INSTALLED}/dynamodb-local-${stamp}`, port];
  const child = start(python, { args, cwd: folder, env: process.env, logFile });
  let gone = false;
  const ended = once(child, 'exit').finally(() => {
    gone = true;
  });
  const dynamodb = new DynamoDBClient(sdkConfig({ endpoint: `http://127.0.0.1:${port}` }));
  const stop = async () => {
    dynamodb.destroy();
    killGroup(child);
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      async () => {
        if (!gone) await dynamodb.send(new ListTablesCommand({}));
      },
      { within: START_TIMEOUT_MS },
    );
    if (gone) throw new Error('DynamoDB Local could not be fetched or started');
    return { dynamodb, stop };
  } catch (error) {
    const output = await tail(logFile, 30);
    await stop();
    throw new Error(`${(error as Error).message}; ${output}`);
  }
}
