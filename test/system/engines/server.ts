/** Servers of others that tests start. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../local/eventually.ts';
import { killGroup, tail } from '../../../local/processes.ts';
import { freePort } from '../../../local/tcp-port.ts';
import { startGuarded } from './guarded.ts';

const START_TIMEOUT_MS = 60_000;

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts a program that serves HTTP on 127.0.0.1, in a temporary folder of its own. It is given
 * `args` and then `--host` and `--port`.
 * @throws Error with the end of its output if it does not answer within a minute.
 */
export async function startServer(name: string, command: string, args: readonly string[]): Promise<Server> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const logFile = join(folder, 'log');
  const listening = ['--host', '127.0.0.1', '--port', String(port)];
  const child = startGuarded(command, {
    args: [...args, ...listening],
    cwd: folder,
    env: process.env,
    logFile,
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    killGroup(child);
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(() => fetch(`http://127.0.0.1:${port}`), { within: START_TIMEOUT_MS });
    return { port, stop };
  } catch (error) {
    const output = await tail(logFile, 30);
    await stop();
    throw new Error(`${name} does not answer: ${(error as Error).message}; ${output}`);
  }
}
