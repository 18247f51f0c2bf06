import { LambdaClient } from '@aws-sdk/client-lambda';
import { StackTimeoutsClient } from '../client/client.ts';
import { sdkConfig } from './environment.ts';
import type { Outputs } from './local-cloud.ts';

export const clientFor = (outputs: Outputs): StackTimeoutsClient =>
  new StackTimeoutsClient({
    functionName: outputs.CommandFunctionName as string,
    // The client retries by itself.
    lambda: new LambdaClient({ ...sdkConfig(outputs), maxAttempts: 1 }),
  });
