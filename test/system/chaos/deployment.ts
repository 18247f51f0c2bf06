/** The deployment on the local cloud, as a run gets at it from outside. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sdkConfig } from '../../../local/environment.ts';
import type { Outputs } from '../../../local/local-cloud.ts';

export interface Deployment {
  readonly outputs: Outputs;
  /** A name that the stack puts out. */
  output(name: string): string;
  readonly dynamodb: DynamoDBClient;
  readonly eventBridge: EventBridgeClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
  readonly sqs: SQSClient;
  send(queueUrl: string, body: string, delaySeconds?: number): Promise<void>;
  /** Takes messages off a queue until there are none, or only few. */
  drain(queueUrl: string, waitSeconds?: number): Promise<string[]>;
}

/** A call that hangs is made again. */
const PATIENCE = { maxAttempts: 5, requestHandler: { requestTimeout: 20_000, throwOnRequestTimeout: true } };

export function reach(outputs: Outputs): Deployment {
  const config = { ...sdkConfig(outputs), ...PATIENCE };
  const sqs = new SQSClient(config);

  async function take(queueUrl: string, waitSeconds: number): Promise<string[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
      }),
    );
    if (Messages.length === 0) return [];
    const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return Messages.flatMap(({ Body }) => Body ?? []);
  }

  return {
    outputs,
    output(name) {
      const value = outputs[name];
      if (value === undefined) throw new Error(`the deployment has no output ${name}`);
      return value;
    },
    dynamodb: new DynamoDBClient(config),
    eventBridge: new EventBridgeClient(config),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    scheduler: new SchedulerClient(config),
    sqs,
    async send(queueUrl, body, delaySeconds = 0) {
      await sqs.send(
        new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, DelaySeconds: delaySeconds }),
      );
    },
    async drain(queueUrl, waitSeconds = 0) {
      const bodies: string[] = [];
      for (;;) {
        const taken = await take(queueUrl, waitSeconds);
        bodies.push(...taken);
        if (taken.length < 10) return bodies;
      }
    },
  };
}
