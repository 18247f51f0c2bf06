import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { sdkConfig } from '../../../../local/environment.ts';

/** The deployment under test: its outputs, and whether its endpoint fires schedules. */
export const deployment = inject('deployment');

/** The users that engines and operators are where IAM is enforced; undefined elsewhere. */
export const users = inject('principals')?.users;

const config = sdkConfig(deployment.outputs);
export const dynamodb = new DynamoDBClient(config);
export const eventBridge = new EventBridgeClient(config);
export const lambda = new LambdaClient(config);
export const scheduler = new SchedulerClient(config);
export const sqs = new SQSClient(config);

/** An output of the deployed stack. */
export function output(name: string): string {
  const value = deployment.outputs[name];
  if (value === undefined) throw new Error(`the deployment has no output ${name}`);
  return value;
}

let made = 0;
/** A name that no other test of this run uses. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${Date.now()}-${made++}`;

/** Takes the messages that are visible now off a queue. */
export async function drain(queueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.flatMap(({ Body }) => Body ?? []));
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle })),
      }),
    );
  }
}

/** A queue of the test's own. */
export async function createQueue(prefix: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: unique(prefix) }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return { url, arn: Attributes?.QueueArn ?? '' };
}
