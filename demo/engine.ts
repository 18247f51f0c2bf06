/** An engine process: works on queued resource actions, and runs operations that the demo sends. */
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Engine, type EngineEvent, sqsWorkQueue } from '../client/index.ts';
import { WALK_TYPE } from '../examples/hot-engine/walk.ts';
import { createWalker } from '../examples/hot-engine/walker.ts';
import { createWorker } from '../examples/hot-engine/worker.ts';
import { clientFor } from '../local/client.ts';
import { sdkConfig } from '../local/environment.ts';
import { type Operation, runCommands } from './operations.ts';

export type EngineMessage = EngineEvent | { readonly type: 'ready' | 'done' };
const tell = (message: EngineMessage) => process.send?.(message);

const [outputsFile = '', engineId = ''] = process.argv.slice(2);
const outputs = JSON.parse(await readFile(outputsFile, 'utf8'));
const client = clientFor(outputs);

process.on('message', async (operations: readonly Operation[]) => {
  await runCommands(client, operations);
  tell({ type: 'done' });
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of the terminal. The demo ends its engines.
process.on('SIGINT', () => {});

const sleep = (milliseconds: number, signal: AbortSignal) => setTimeout(milliseconds, undefined, { signal });
const engine = new Engine({
  client,
  queue: sqsWorkQueue(new SQSClient(sdkConfig(outputs)), outputs.WorkQueueUrl),
  handlers: { [WALK_TYPE]: createWalker({ sleep }), '*': createWorker({ sleep }) },
  engineId,
  // The walk of the graph takes one place.
  concurrency: 2,
  onEvent: tell,
});
tell({ type: 'ready' });
await engine.run(new AbortController().signal);
