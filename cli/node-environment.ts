/** The environment of the real CLI: this process, its terminal, AWS. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { styleText } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { StackTimeoutsClient } from '../client/client.ts';
import { stopOnSignals } from '../client/engine/stop-on-signals.ts';
import { LambdaTransport, type Transport } from '../client/transport.ts';
import { loadAssets } from './board/assets.ts';
import { lazyHealth } from './board/health.ts';
import type { CliEnvironment, Screen, Services, Terminal } from './environment.ts';
import { lazily } from './lazily.ts';
import {
  type AwsSettings,
  type Deployment,
  type DeploymentFlags,
  locate,
  type Outputs,
  type Sources,
} from './locate.ts';
import { endWithReader } from './reader.ts';
import { rearmThrough } from './restore/rearm.ts';
import { onlyLinesAndColours } from './terminal/printable.ts';

export function nodeEnvironment(): CliEnvironment {
  return {
    terminal: nodeTerminal(process.stdout, process.stderr, process.env),
    now: Date.now,
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal && { signal }),
    stopOnSignals() {
      process.removeAllListeners('SIGINT');
      return stopOnSignals();
    },
    newId: randomUUID,
    endWithReader,
    writeFile,
    services,
  };
}

/** Terminals that cannot move their cursor, by the name in TERM. */
const WITHOUT_CURSOR = ['dumb', 'unknown'];

export function nodeTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  { TERM = '', LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>,
): Terminal {
  return {
    out: (text) => stdout.write(`${onlyLinesAndColours(text)}\n`),
    err: (text) => stderr.write(`${onlyLinesAndColours(text)}\n`),
    ...(stdout.isTTY && !WITHOUT_CURSOR.includes(TERM) && { screen: nodeScreen(stdout) }),
    unicode: !WITHOUT_CURSOR.includes(TERM) && /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || ''),
    // Respects NO_COLOR, FORCE_COLOR, TERM, and whether stdout is a terminal.
    paint: (colour, text) => styleText(colour, text, { stream: stdout }),
  };
}

function nodeScreen(stdout: NodeJS.WriteStream): Screen {
  let drawn = 0;
  return {
    // Undefined if the terminal does not tell.
    get rows() {
      return stdout.rows ?? 0;
    },
    get columns() {
      return stdout.columns ?? 0;
    },
    draw(lines) {
      // Moves up to the first line drawn and clears from there. Line wrapping is off meanwhile, so
      // that a long line takes one row only.
      const up = drawn > 0 ? `\x1b[${drawn}A` : '';
      stdout.write(`${up}\r\x1b[J\x1b[?7l${onlyLinesAndColours(lines.join('\n'))}\x1b[?7h\n`);
      drawn = lines.length;
    },
  };
}

/** Of a function that starts cold, an answer takes a second or two. */
const BOARD_ATTEMPT_MS = 5000;

function services(deployment: DeploymentFlags): Services {
  const located = lazily(() => locate(deployment, sources));
  return {
    async client() {
      return new StackTimeoutsClient({ transport: await transportTo(await located()) });
    },
    async deadLetters() {
      // Imported only when needed: two more AWS clients slow down the start.
      const { awsDeadLetters } = await import('./redrive/aws.ts');
      return awsDeadLetters(await located());
    },
    async board() {
      const found = await located();
      const transport = await transportTo(found);
      // The page says soon that the service does not answer, and asks again by itself.
      const impatient: Transport = {
        invoke: (payload) => transport.invoke(payload, AbortSignal.timeout(BOARD_ATTEMPT_MS)),
      };
      const client = new StackTimeoutsClient({ transport: impatient, attempts: 2 });
      const health = lazyHealth(async () => (await import('./board/aws.ts')).awsHealth(found, Date.now));
      return { client, health, assets: await loadAssets() };
    },
    async rearm() {
      return rearmThrough(await transportTo(await located()));
    },
    async restoration(fromTable) {
      const { awsRestoration } = await import('./restore/aws.ts');
      const found = await located();
      return awsRestoration(found, fromTable, rearmThrough(await transportTo(found)), (ms) => setTimeout(ms));
    },
    async parts() {
      const { awsParts } = await import('./verify/aws.ts');
      return awsParts(await located());
    },
  };
}

async function transportTo({ aws, commandFunctionName }: Deployment): Promise<Transport> {
  // Whoever uses it retries.
  return new LambdaTransport(await commandFunctionName(), new LambdaClient({ ...aws, maxAttempts: 1 }));
}

const sources: Sources = {
  env: process.env,
  async readFile(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  describe,
};

async function describe(stackName: string, aws: AwsSettings): Promise<Outputs | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks } = await new CloudFormationClient(aws).send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map((o) => [o.OutputKey ?? '', o.OutputValue ?? '']),
    );
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}
