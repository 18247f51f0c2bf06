import { LambdaClient } from '@aws-sdk/client-lambda';
import { StackTimeoutsClient } from '../client/client.ts';
import type { StackOutputs } from './cdk.ts';
import { sdkConfig } from './environment.ts';

/** What `outputs.json` holds: the outputs of the CloudFormation stack, and the endpoint of the local cloud. */
export type Outputs = StackOutputs & { readonly endpoint: string };

/** A client of the deployment on a local cloud. */
export const clientFor = (outputs: Outputs): StackTimeoutsClient =>
  new StackTimeoutsClient({
    functionName: outputs.CommandFunctionName as string,
    // The client retries by itself.
    lambda: new LambdaClient({ ...sdkConfig(outputs), maxAttempts: 1 }),
  });
