/** An engine of act two, a process of its own: walks graphs and works on resources, until it is killed. */
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  type AttemptKey,
  Engine,
  type EngineEvent,
  LambdaTransport,
  StackTimeoutsClient,
  sqsWorkQueue,
  type Transport,
} from '../../client/index.ts';
import { WALK_TYPE } from '../../examples/heat/walk.ts';
import { createWalker } from '../../examples/heat/walker.ts';
import { createWorker } from '../../examples/heat/worker.ts';
import { sdkConfig } from '../../local/environment.ts';
import type { Outputs } from '../../local/local-cloud.ts';
import { type EngineLine, isGivenAway } from './engine-lines.ts';
import { CONCURRENCY } from './plan.ts';

const [outputsFile = '', engineId = ''] = process.argv.slice(2);
const outputs: Outputs = JSON.parse(await readFile(outputsFile, 'utf8'));

type Told<L> = L extends EngineLine ? Omit<L, 'at'> : never;
const tell = (line: Told<EngineLine>) =>
  process.stdout.write(`${JSON.stringify({ at: Date.now(), ...line })}\n`);

const claimIds = new Map<string, string>();
const nameOf = ({ operationId, resource, attempt }: AttemptKey) => `${operationId}\n${resource}\n${attempt}`;

/** Remembers which claims were made through it. */
function remembering(transport: Transport): Transport {
  return {
    invoke(payload) {
      const request = JSON.parse(payload);
      if (request.command === 'ClaimResource') claimIds.set(nameOf(request), request.claimId);
      return transport.invoke(payload);
    },
  };
}

// The client retries by itself.
const lambda = new LambdaClient({ ...sdkConfig(outputs), maxAttempts: 1 });
const transport = remembering(new LambdaTransport(outputs.CommandFunctionName as string, lambda));
const client = new StackTimeoutsClient({ transport });

/** What no engine of good manners does: reports work as done after it was told that others have it. */
async function reportAllTheSame({ stackId, operationId, resource, attempt }: AttemptKey): Promise<void> {
  const key = { stackId, operationId, resource, attempt };
  const claimId = claimIds.get(nameOf(key)) ?? '';
  const answer = await client.completeResource({ ...key, claimId, status: 'COMPLETE' });
  tell({ type: 'lateReport', ...key, answer: answer.ok ? 'accepted' : answer.error.code });
}

async function heard(event: EngineEvent): Promise<void> {
  tell(event);
  if (event.type === 'lost' && isGivenAway(event)) await reportAllTheSame(event);
}

// It lives until it is killed, or until the demo that started it is gone. Ctrl-C is for the demo to see to.
process.stdin.on('end', () => process.exit()).resume();
process.on('SIGINT', () => {});

const sleep = (milliseconds: number, signal: AbortSignal) => setTimeout(milliseconds, undefined, { signal });
const engine = new Engine({
  client,
  queue: sqsWorkQueue(new SQSClient(sdkConfig(outputs)), outputs.WorkQueueUrl as string),
  handlers: { [WALK_TYPE]: createWalker({ sleep }), '*': createWorker({ sleep }) },
  engineId,
  concurrency: CONCURRENCY,
  onEvent: (event) => void heard(event),
});
tell({ type: 'ready' });
await engine.run(new AbortController().signal);
