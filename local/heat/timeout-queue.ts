import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TIMED_OUT } from '../../infra/timeout-queue.ts';
import { sdkConfig } from '../environment.ts';
import type { Outputs } from '../local-cloud.ts';
import { routeEvents } from '../route-events.ts';

/** Does on a local cloud what `addTimeoutQueue` does in a CDK app. Resolves with the queue's URL. */
export async function createTimeoutQueue(outputs: Outputs): Promise<string> {
  const name = 'heat-bridge';
  const sqs = new SQSClient(sdkConfig(outputs));
  const eventBridge = new EventBridgeClient(sdkConfig(outputs));
  const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { detailType, ...others } = TIMED_OUT;
  const pattern = { ...others, 'detail-type': detailType };
  const { EventBusName: eventBusName = '' } = outputs;
  await routeEvents({ sqs, eventBridge }, { eventBusName, name, pattern, queueUrl });
  return queueUrl;
}
