/** Starts an operation, extends its deadline, completes it, and prints each answer. */
import { StackTimeoutsClient } from 'stack-timeouts';

const functionName = process.env.COMMAND_FUNCTION;
if (!functionName) throw new Error('Set COMMAND_FUNCTION: see examples/README.md');

const client = new StackTimeoutsClient({ functionName });
const operation = { stackId: 'hello', operationId: crypto.randomUUID() };

// The operation now has a timeout. If this process died here, it would end in ten minutes as
// FAILED, `Timed out`.
console.log(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 600 }));

// From now on it has half an hour.
console.log(await client.extendOperation({ ...operation, timeoutSeconds: 1800 }));

// It ends before its deadline, so it never times out.
console.log(await client.completeOperation({ ...operation, status: 'COMPLETE' }));
