/**
 * Gives engines work: one resource action under an operation. Waits for its end, then completes the
 * operation.
 */
import { setTimeout } from 'node:timers/promises';
import { accepted, StackTimeoutsClient } from 'stack-timeouts';

const functionName = process.env.COMMAND_FUNCTION;
if (!functionName) throw new Error('Set COMMAND_FUNCTION: see examples/README.md');

const client = new StackTimeoutsClient({ functionName });
const operation = { stackId: 'dispatch', operationId: crypto.randomUUID() };
const work = { resource: 'server', action: 'CREATE', startToCloseSeconds: 60, heartbeatSeconds: 10 } as const;

accepted(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 600 }));
accepted(await client.dispatchResource({ ...operation, ...work, input: { seconds: 3 } }));
for (;;) {
  const { resource, output } = accepted(
    await client.getResource({ stackId: 'dispatch', resource: 'server' }),
  );
  console.log(resource.status, resource.phase ?? '', output ?? '');
  // The service fails the operation when its resource action fails. Then there is nothing to
  // complete.
  if (resource.status === 'FAILED') throw new Error(resource.statusReason);
  if (resource.status === 'COMPLETE') break;
  await setTimeout(1000);
}
console.log(await client.completeOperation({ ...operation, status: 'COMPLETE' }));
