import { LambdaClient } from '@aws-sdk/client-lambda';
import { StackTimeoutsClient } from '../client/client.ts';
import type { StackOutputs } from './cdk.ts';
import { sdkConfig } from './environment.ts';

/** A client of the deployment on a local cloud. */
export const clientFor = (outputs: StackOutputs & { readonly endpoint: string }): StackTimeoutsClient =>
  new StackTimeoutsClient({
    functionName: outputs.CommandFunctionName as string,
    // StackTimeoutsClient retries.
    lambda: new LambdaClient({ ...sdkConfig(outputs), maxAttempts: 1 }),
  });
