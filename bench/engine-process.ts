/**
 * The engine process of `engine-failover`: claims work and never finishes it, until it is killed.
 */
import { readFile } from 'node:fs/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Engine, sqsWorkQueue } from '../client/index.ts';
import { clientFor } from '../local/client.ts';
import { sdkConfig } from '../local/environment.ts';
import type { Outputs } from '../local/local-cloud.ts';

const outputs: Outputs = JSON.parse(await readFile(process.argv[2] as string, 'utf8'));
process.stdin.on('end', () => process.exit()).resume();
await new Engine({
  client: clientFor(outputs),
  queue: sqsWorkQueue(new SQSClient(sdkConfig(outputs)), outputs.WorkQueueUrl as string),
  handlers: { '*': ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)) },
  concurrency: 1,
  onEvent: (event) => console.log(JSON.stringify({ at: Date.now(), ...event })),
}).run(new AbortController().signal);
