import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { SETTINGS } from '../../local/cdk.ts';
import type { Deployment } from './deployment.ts';

/**
 * The command function's reserved concurrency, which the emulator's CloudFormation leaves out: without it, a cold start of
 * many instances at once, as after a kill, keeps a small machine so busy that their calls time out and they start again.
 */
export async function limitCommands({ lambda, output }: Deployment): Promise<void> {
  await lambda.send(
    new PutFunctionConcurrencyCommand({
      FunctionName: output('CommandFunctionName'),
      ReservedConcurrentExecutions: SETTINGS.commandReservedConcurrency,
    }),
  );
}
