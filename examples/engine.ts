/** An engine: does the work of resource actions until SIGTERM or Ctrl-C. */
import { setTimeout } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Engine, StackTimeoutsClient, sqsWorkQueue, stopOnSignals } from 'stack-timeouts';

const { COMMAND_FUNCTION, WORK_QUEUE_URL } = process.env;
if (!COMMAND_FUNCTION || !WORK_QUEUE_URL)
  throw new Error('Set COMMAND_FUNCTION and WORK_QUEUE_URL: see examples/README.md');

const engine = new Engine({
  client: new StackTimeoutsClient({ functionName: COMMAND_FUNCTION }),
  queue: sqsWorkQueue(new SQSClient(), WORK_QUEUE_URL),
  handlers: {
    // For every type of resource. `signal` fires when this engine must stop: the attempt is lost,
    // late or given back.
    '*': async ({ resource, input, signal }) => {
      await setTimeout((input as { seconds: number }).seconds * 1000, undefined, { signal });
      return { created: resource.resource };
    },
  },
  onEvent: (event) => console.log(JSON.stringify(event)),
});
console.log('waiting for work');
await engine.run(stopOnSignals());
