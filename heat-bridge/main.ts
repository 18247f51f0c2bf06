#!/usr/bin/env node
/** Keeps the timeouts of a Heat in a stack-timeouts deployment. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Command, InvalidArgumentError } from 'commander';
import { systemSleep } from '../client/engine/waiting.ts';
import {
  proxyFromEnvironment,
  StackTimeoutsClient,
  sqsWorkQueue,
  stopOnSignals,
  type WorkQueue,
} from '../client/index.ts';
import { Bridge } from './bridge.ts';
import { type HeatDatabase, type Log, UnknownHeat } from './ports.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_UNKNOWN_HEAT = 3;

const RECONCILE_MS = 30_000;
const RESUME_MS = 3000;
const ENDING_MS = 500;
const RETRY_MS = 1000;
/** How long a clean stop may take. */
const STOP_MS = 5000;
/** A part that has not succeeded for so long is not healthy. */
const UNHEALTHY_MS = 90_000;

interface Options {
  readonly database: string;
  readonly broker: string;
  readonly exchange: string;
  readonly topic: string[];
  readonly commandFunction: string;
  readonly timeoutQueue: string;
  readonly grace: number;
  readonly defaultTimeout: number;
  readonly engineGrace: number;
  readonly forceAfter?: number;
  readonly recover: boolean;
  readonly dryRun: boolean;
  readonly healthPort?: number;
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number.');
}

function required(value: string | undefined, variable: string): string {
  if (value) return value;
  console.error(`error: ${variable} is not set`);
  process.exit(EXIT_USAGE);
}

function parseOptions(): Options {
  const program = new Command('heat-bridge')
    .description(
      'Keeps the timeouts of an OpenStack Heat in a stack-timeouts deployment.\n' +
        'Environment: HEAT_DATABASE_URL (mysql://…), HEAT_BROKER_URL (amqp://…), and COMMAND_FUNCTION, TIMEOUT_QUEUE_URL of the deployment.',
    )
    .option(
      '--grace <seconds>',
      'how long after its own deadline Heat may end a stack itself',
      wholeNumber,
      5,
    )
    .option('--default-timeout <seconds>', "Heat's stack_action_timeout", wholeNumber, 3600)
    .option('--engine-grace <seconds>', 'an engine without a heartbeat for so long is dead', wholeNumber, 150)
    .option(
      '--force-after <seconds>',
      'end by SQL what no engine has ended so long after the grace',
      wholeNumber,
    )
    .option('--recover', 'resume steps whose engine is dead', false)
    .option('--dry-run', 'only report what would be ended or resumed', false)
    .option('--exchange <name>', "Heat's control_exchange", 'heat')
    .option('--topic <name...>', "Heat's notification topics", ['notifications'])
    .option(
      '--health-port <port>',
      'serve the health and the counters at http://127.0.0.1:PORT/',
      wholeNumber,
    );
  program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE)).parse();
  return {
    ...program.opts<Options>(),
    database: required(process.env.HEAT_DATABASE_URL, 'HEAT_DATABASE_URL'),
    broker: required(process.env.HEAT_BROKER_URL, 'HEAT_BROKER_URL'),
    commandFunction: required(process.env.COMMAND_FUNCTION, 'COMMAND_FUNCTION'),
    timeoutQueue: required(process.env.TIMEOUT_QUEUE_URL, 'TIMEOUT_QUEUE_URL'),
  };
}

/** Only this program needs them: they are optional peer dependencies of the package. */
async function importAdapters() {
  try {
    const [{ amqpBroker }, { mysqlDatabase }] = await Promise.all([
      import('./adapters/amqp.ts'),
      import('./adapters/mysql.ts'),
    ]);
    return { amqpBroker, mysqlDatabase };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error(`error: ${(error as Error).message}\nInstall them: npm install amqplib mysql2`);
    return process.exit(EXIT_USAGE);
  }
}

const log: Log = (level, message, fields = {}) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));

async function main(): Promise<void> {
  const options = parseOptions();
  const { amqpBroker, mysqlDatabase } = await importAdapters();
  const signal = stopOnSignals();
  const database = mysqlDatabase(options.database);
  const succeeded: Record<string, number> = {};
  let reconnected = new AbortController();

  /** Repeats a part of the work until the signal fires. Its failure stops neither it nor others. */
  const repeat = async (name: string, work: () => Promise<unknown>, pause: () => Promise<unknown>) => {
    succeeded[name] = Date.now();
    while (!signal.aborted) {
      try {
        await work();
        succeeded[name] = Date.now();
        await pause();
      } catch (error) {
        if (signal.aborted) return;
        log('error', `${name} failed`, { error: (error as Error).message });
        await systemSleep(RETRY_MS, signal);
      }
    }
  };
  const every = (milliseconds: number) => () => systemSleep(milliseconds, signal);

  const broker = amqpBroker({
    url: options.broker,
    exchange: options.exchange,
    topics: options.topic,
    log,
    onNotification: (body) => bridge.handleNotification(body),
    onConnected: () => reconnected.abort(),
  });
  const service = new StackTimeoutsClient({ functionName: options.commandFunction, attempts: 3 });
  const bridge = new Bridge(
    { database, rpc: broker, service, log, clock: () => performance.now() },
    {
      graceSeconds: options.grace,
      defaultTimeoutSeconds: options.defaultTimeout,
      engineGraceSeconds: options.engineGrace,
      forceAfterSeconds: options.forceAfter,
      dryRun: options.dryRun,
    },
  );
  const queue = sqsWorkQueue(new SQSClient({ requestHandler: proxyFromEnvironment() }), options.timeoutQueue);

  await serveHealth(options.healthPort, () => ({
    healthy: broker.isConnected() && Object.values(succeeded).every((at) => Date.now() - at < UNHEALTHY_MS),
    succeeded,
    counters: bridge.counters,
  }));
  await checkTables(database, signal);
  const parts = Promise.all([
    broker.run(signal),
    repeat(
      'reconcile',
      () => {
        reconnected = new AbortController();
        return bridge.reconcile();
      },
      () => systemSleep(RECONCILE_MS, AbortSignal.any([signal, reconnected.signal])),
    ),
    // They are for a bridge that ends stacks.
    ...(options.dryRun
      ? []
      : [
          repeat(
            'timeouts',
            () => takeTimeouts(queue, bridge, signal),
            async () => {},
          ),
        ]),
    repeat('ending', () => bridge.continueEnding(), every(ENDING_MS)),
    ...(options.recover ? [repeat('recover', () => bridge.resume(), every(RESUME_MS))] : []),
  ]);
  // What hangs on a lost connection can be repeated by the next bridge.
  await Promise.race([parts, once(signal, 'abort').then(() => systemSleep(STOP_MS))]);
  log('info', 'stopped', bridge.counters);
}

/** Waits for a database that does not answer. */
async function checkTables(database: HeatDatabase, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await database.checkTables();
    } catch (error) {
      if (error instanceof UnknownHeat) throw error;
      log('error', 'no connection to the database', { error: (error as Error).message });
      await systemSleep(RETRY_MS, signal);
    }
  }
}

/** An event that could not be handled is delivered again by the queue. */
async function takeTimeouts(queue: WorkQueue, bridge: Bridge, signal: AbortSignal): Promise<void> {
  const messages = await queue.receive(10, signal);
  await Promise.all(
    messages.map(async (message) => {
      await bridge.handleTimeout(message.body);
      await queue.delete(message);
    }),
  );
}

/** @throws Error if the port is in use. */
async function serveHealth(port: number | undefined, report: () => { healthy: boolean }): Promise<void> {
  if (port === undefined) return;
  const server = createServer((_, response) => {
    const found = report();
    response.writeHead(found.healthy ? 200 : 503, { 'Content-Type': 'application/json' });
    response.end(`${JSON.stringify(found)}\n`);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

try {
  await main();
  process.exit();
} catch (error) {
  log('error', 'cannot run', { error: (error as Error).message });
  process.exit(error instanceof UnknownHeat ? EXIT_UNKNOWN_HEAT : EXIT_FAILED);
}
