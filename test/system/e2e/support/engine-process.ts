/**
 * An engine as a process of its own, to be killed, stopped and told to end. What it is to do it
 * reads from its first argument; what happens it says line by line as JSON.
 */
import { setTimeout } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  Engine,
  type EngineEvent,
  StackTimeoutsClient,
  sqsWorkQueue,
  stopOnSignals,
  type Work,
  WorkFailed,
} from '../../../../client/index.ts';
import { sdkConfig } from '../../../../local/environment.ts';

export interface EngineSettings {
  readonly endpoint: string;
  readonly functionName: string;
  readonly queueUrl: string;
  readonly engineId: string;
  /** Of whom it is, where IAM is enforced. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The resource types that it works on. Without any: all. */
  readonly types?: readonly string[];
  readonly concurrency?: number;
  readonly shutdownSeconds?: number;
  readonly heartbeatIntervalSeconds?: number;
  /** Kills itself as soon as a failure that it has reported is confirmed. */
  readonly diesAfterFailure?: boolean;
}

/** The input of a resource action: how long the work takes, and what comes of it. */
export interface Simulated {
  /** Of each attempt; a list says it attempt by attempt. */
  readonly seconds?: number | readonly number[];
  /** So many attempts fail before one is COMPLETE. */
  readonly failures?: number;
  /** Of these failures. */
  readonly retryable?: boolean;
  readonly output?: unknown;
  /** Goes on when it is told to stop, and reports all the same. */
  readonly stubborn?: boolean;
}

/**
 * What it says: `ready`, each event of the engine, and when a handler `began` or was `told` to
 * stop.
 */
export type EngineLine =
  | { readonly type: 'ready' | 'ended' }
  | { readonly type: 'began'; readonly resource: string; readonly attempt: number }
  | { readonly type: 'told'; readonly resource: string; readonly attempt: number; readonly code: string }
  | EngineEvent;

const say = (line: EngineLine): void => console.log(JSON.stringify(line));

async function simulate({ resource: { resource, attempt }, input, signal }: Work): Promise<unknown> {
  const {
    seconds = 0,
    failures = 0,
    retryable = true,
    output,
    stubborn = false,
  } = (input ?? {}) as Simulated;
  say({ type: 'began', resource, attempt });
  signal.addEventListener('abort', () => say({ type: 'told', resource, attempt, code: signal.reason.code }));
  const lasts = typeof seconds === 'number' ? seconds : (seconds[attempt - 1] ?? 0);
  await setTimeout(lasts * 1000, undefined, stubborn ? {} : { signal });
  if (attempt <= failures) throw new WorkFailed(`simulated failure of attempt ${attempt}`, { retryable });
  return output ?? { doneBy: settings.engineId, attempt };
}

const settings: EngineSettings = JSON.parse(process.argv[2] as string);
const { endpoint, functionName, queueUrl, types = ['*'], diesAfterFailure = false, ...rest } = settings;
const { credentials, ...options } = rest;
const config = { ...sdkConfig({ endpoint }), ...(credentials && { credentials }) };
// Whoever started it holds the other end: an engine of a test that has died is not to go on.
process.stdin.on('end', () => process.exit()).resume();
const engine = new Engine({
  ...options,
  client: new StackTimeoutsClient({
    functionName,
    lambda: new LambdaClient({ ...config, maxAttempts: 1 }),
  }),
  queue: sqsWorkQueue(new SQSClient(config), queueUrl),
  handlers: Object.fromEntries(types.map((type) => [type, simulate])),
  onEvent(event) {
    say(event);
    if (event.type === 'failed' && diesAfterFailure) process.kill(process.pid, 'SIGKILL');
  },
});
say({ type: 'ready' });
await engine.run(stopOnSignals());
say({ type: 'ended' });
process.exit();
