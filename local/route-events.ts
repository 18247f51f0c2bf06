import { type EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

interface Clients {
  readonly sqs: SQSClient;
  readonly eventBridge: EventBridgeClient;
}

interface Route {
  readonly eventBusName: string;
  /** Of the rule: no other on the bus may have it. */
  readonly name: string;
  /** Of EventBridge. */
  readonly pattern: object;
  readonly queueUrl: string;
}

/** Sends the events of a bus that match a pattern to a queue, from now on. */
export async function routeEvents(
  { sqs, eventBridge }: Clients,
  { eventBusName: EventBusName, name, pattern, queueUrl }: Route,
): Promise<void> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  );
  const rule = { EventBusName, Name: name, EventPattern: JSON.stringify(pattern) };
  await eventBridge.send(new PutRuleCommand(rule));
  const Targets = [{ Id: 'queue', Arn: Attributes?.QueueArn }];
  await eventBridge.send(new PutTargetsCommand({ EventBusName, Rule: name, Targets }));
}
