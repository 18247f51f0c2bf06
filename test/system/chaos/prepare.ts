/** What a deployment needs to be disturbed on one small machine, and within a minute. */
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { SETTINGS } from '../../../local/cdk.ts';
import type { Deployment } from './deployment.ts';

/** Garbage is to be in its dead-letter queue soon. */
const WORK_MAX_RECEIVE_COUNT = 5;

export async function prepare(deployment: Deployment): Promise<void> {
  await limitCommands(deployment);
  await limitReceives(deployment);
}

/**
 * The command function's reserved concurrency, which the emulator's CloudFormation leaves out:
 * without it, a cold start of many instances at once, as after a kill, keeps a small machine so
 * busy that their calls time out and they start again.
 */
async function limitCommands({ lambda, output }: Deployment): Promise<void> {
  await lambda.send(
    new PutFunctionConcurrencyCommand({
      FunctionName: output('CommandFunctionName'),
      ReservedConcurrentExecutions: SETTINGS.commandReservedConcurrency,
    }),
  );
}

async function limitReceives({ sqs, output }: Deployment): Promise<void> {
  const QueueUrl = output('WorkQueueUrl');
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
  );
  const policy = JSON.parse(Attributes.RedrivePolicy ?? '{}');
  const RedrivePolicy = JSON.stringify({ ...policy, maxReceiveCount: WORK_MAX_RECEIVE_COUNT });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
}
