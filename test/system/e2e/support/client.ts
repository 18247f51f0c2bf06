import { LambdaClient } from '@aws-sdk/client-lambda';
import { LambdaTransport, StackTimeoutsClient, type Transport } from '../../../../client/index.ts';
import { sdkConfig } from '../../../../local/environment.ts';
import { deployment, output, users } from './aws.ts';

/**
 * Each call in flight is a process of the emulator, that has to start first: more of them at once
 * make no test sharper, but a small machine so slow that nothing is on time.
 */
const AT_ONCE = 10;

function limited(transport: Transport): Transport {
  let inFlight = 0;
  const waiting: (() => void)[] = [];
  return {
    async invoke(payload) {
      while (inFlight >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
      inFlight++;
      try {
        return await transport.invoke(payload);
      } finally {
        inFlight--;
        waiting.shift()?.();
      }
    },
  };
}

// The client retries by itself.
const config = sdkConfig(deployment.outputs);
const lambda = new LambdaClient({ ...config, ...(users && { credentials: users.operator }), maxAttempts: 1 });

/** The client of a test file. */
export const client = new StackTimeoutsClient({
  transport: limited(new LambdaTransport(output('CommandFunctionName'), lambda)),
});
