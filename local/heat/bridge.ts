import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { PROJECT, REGION } from '../environment.ts';
import type { Outputs } from '../local-cloud.ts';
import type { Heat } from './heat.ts';

export interface Line {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly stackId?: string;
  readonly operationId?: string;
  readonly action?: string;
  readonly by?: string;
}

export interface Bridge {
  readonly process: ChildProcess;
  /** What it has logged so far. */
  readonly log: readonly Line[];
  /** Resolves with its exit code, after SIGTERM. */
  stop(): Promise<number | null>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** The same Heat for another user of its database, whose password is the name. */
export const asUser = (heat: Heat, user: string): Heat => ({
  ...heat,
  databaseUrl: heat.databaseUrl.replace('heat:heat@', `${user}:${user}@`),
});

/** As in the unit of docs/guides/heat.md: it keeps the memory small. */
const NODE_OPTIONS = ['--max-semi-space-size=2', '--max-old-space-size=96'];

/** Starts heat-bridge as a process of its own. */
export function startBridge(
  heat: Pick<Heat, 'databaseUrl' | 'brokerUrl' | 'logs'>,
  outputs: Outputs,
  queueUrl: string,
  args: readonly string[],
  onLine: (line: Line) => void = () => {},
): Bridge {
  const child = spawn(process.execPath, [...NODE_OPTIONS, `${PROJECT}heat-bridge/main.ts`, ...args], {
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: outputs.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      HEAT_DATABASE_URL: heat.databaseUrl,
      HEAT_BROKER_URL: heat.brokerUrl,
      COMMAND_FUNCTION: outputs.CommandFunctionName,
      TIMEOUT_QUEUE_URL: queueUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const log: Line[] = [];
  let rest = '';
  child.stdout.on('data', (data) => {
    appendFileSync(`${heat.logs}/bridge.log`, data);
    const lines = `${rest}${data}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.map((text) => JSON.parse(text))) {
      log.push(line);
      onLine(line);
    }
  });
  child.stderr.on('data', (data) => appendFileSync(`${heat.logs}/bridge.log`, data));
  return {
    process: child,
    log,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
