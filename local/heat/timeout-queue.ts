import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TIMED_OUT } from '../../infra/timeout-queue.ts';
import { sdkConfig } from '../environment.ts';
import type { Outputs } from '../local-cloud.ts';

/** Does on a local cloud what `addTimeoutQueue` does in a CDK app. Resolves with the queue's URL. */
export async function createTimeoutQueue(outputs: Outputs): Promise<string> {
  const name = 'heat-bridge';
  const sqs = new SQSClient(sdkConfig(outputs));
  const events = new EventBridgeClient(sdkConfig(outputs));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { detailType, ...pattern } = TIMED_OUT;
  const bus = { EventBusName: outputs.EventBusName };
  await events.send(
    new PutRuleCommand({
      ...bus,
      Name: name,
      EventPattern: JSON.stringify({ ...pattern, 'detail-type': detailType }),
    }),
  );
  const target = { Id: name, Arn: Attributes?.QueueArn };
  await events.send(new PutTargetsCommand({ ...bus, Rule: name, Targets: [target] }));
  return QueueUrl;
}
