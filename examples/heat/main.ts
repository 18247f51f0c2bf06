/** Starts operations on stacks of Heat templates, and runs engines that carry them out: see README.md. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  Engine,
  type EngineEvent,
  StackTimeoutsClient,
  sqsWorkQueue,
  stopOnSignals,
} from '../../client/index.ts';
import { sdkConfig } from '../../local/environment.ts';
import { type HeatEnvironment, run } from './cli.ts';
import { WALK_TYPE } from './walk.ts';
import { createWalker } from './walker.ts';
import { createWorker } from './worker.ts';

const SHUTDOWN_SECONDS = 3;

interface Outputs {
  readonly CommandFunctionName: string;
  readonly WorkQueueUrl: string;
  /** Of the local cloud. On AWS, region and credentials come from the environment. */
  readonly endpoint?: string;
}

async function readOutputs(
  file: string,
): Promise<Outputs & { readonly sdk: ReturnType<typeof sdkConfig> | object }> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${error.message}. Is "npm run local" running, and has it said ready?`);
  });
  const outputs: Outputs = JSON.parse(text);
  return { ...outputs, sdk: outputs.endpoint ? sdkConfig({ endpoint: outputs.endpoint }) : {} };
}

async function clientAt(file: string): Promise<StackTimeoutsClient> {
  const { CommandFunctionName: functionName, sdk } = await readOutputs(file);
  // The client retries by itself.
  return new StackTimeoutsClient({ functionName, lambda: new LambdaClient({ ...sdk, maxAttempts: 1 }) });
}

const sleep = (milliseconds: number, signal?: AbortSignal) =>
  setTimeout(milliseconds, undefined, { ...(signal && { signal }) });

async function runEngine(file: string, { concurrency }: { readonly concurrency: number }): Promise<void> {
  const { WorkQueueUrl, sdk } = await readOutputs(file);
  const engineId = `heat-${process.pid}`;
  const engine = new Engine({
    client: await clientAt(file),
    queue: sqsWorkQueue(new SQSClient(sdk), WorkQueueUrl),
    handlers: { [WALK_TYPE]: createWalker({ sleep }), '*': createWorker({ sleep }) },
    engineId,
    concurrency,
    shutdownSeconds: SHUTDOWN_SECONDS,
    onEvent: (event) => console.log(`${new Date().toISOString()}  ${engineId}  ${eventLine(event)}`),
  });
  console.log(
    `engine ${engineId} waits for work; Ctrl-C ends it, kill -9 ${process.pid} shows what then happens`,
  );
  await engine.run(stopOnSignals());
}

function eventLine(event: EngineEvent): string {
  const about = 'resource' in event ? `  ${event.stackId} ${event.resource}, attempt ${event.attempt}` : '';
  const call = event.type === 'fault' ? `: ${event.during}` : '';
  const reason = 'reason' in event ? `: ${event.reason}` : '';
  const refusal = event.type === 'refused' ? `: ${event.error.code}` : '';
  return `${event.type}${about}${call}${reason}${refusal}`;
}

const environment: HeatEnvironment = {
  client: clientAt,
  runEngine,
  readFile: (path) => readFile(path, 'utf8'),
  defaultOutputs: `${process.env.LOCAL_CLOUD_DIR || '.local'}/outputs.json`,
  out: (line) => console.log(line),
  err: (text) => console.error(text),
  now: Date.now,
  sleep,
  newId: randomUUID,
};

// Connections that are kept for later are not waited for.
process.exit(await run(process.argv.slice(2), environment));
