import { type EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DELIVERY_RETRY } from '../contract/deployment.ts';

export interface QueueRuleProps {
  readonly description: string;
  readonly eventBus: EventBus;
  readonly eventPattern: EventPattern;
  readonly queue: Queue;
  /** The queue for events that could not be delivered to the queue. */
  readonly deadLetterQueue: Queue;
}

/** Sends the events that match to a queue, whole. */
export function createQueueRule(scope: Construct, id: string, props: QueueRuleProps): Rule {
  const { description, eventBus, eventPattern, queue, deadLetterQueue } = props;
  const rule = new Rule(scope, id, { description, eventBus, eventPattern });
  rule.addTarget({
    // CDK's SqsQueue target would also let EventBridge read the queue's attributes.
    bind: () => ({
      arn: queue.queueArn,
      targetResource: queue,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      retryPolicy: {
        maximumEventAgeInSeconds: DELIVERY_RETRY.maxAgeSeconds,
        maximumRetryAttempts: DELIVERY_RETRY.maxAttempts,
      },
    }),
  });
  for (const one of [queue, deadLetterQueue]) one.addToResourcePolicy(sendingBy(rule, one));
  return rule;
}

/**
 * EventBridge sends as a service principal. Without the condition, any rule of any account could
 * send.
 */
const sendingBy = (rule: Rule, queue: Queue): PolicyStatement =>
  new PolicyStatement({
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
  });
