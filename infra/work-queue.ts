import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DELIVERY_RETRY } from '../contract/deployment.ts';
import { EVENT_SOURCE, type Phase, RESOURCE_STATUS_CHANGE, type Status } from '../contract/index.ts';
import { secured } from './queue.ts';

export interface WorkQueueProps {
  readonly deadLetterQueue: Queue;
  readonly encryptionKey: IKey | undefined;
  readonly maxReceiveCount: number;
  readonly visibilitySeconds: number;
}

/**
 * The queue that engines take work from. A standard queue: the row decides who may do the work, at
 * the claim.
 */
export function createWorkQueue(scope: Construct, id: string, props: WorkQueueProps): Queue {
  return new Queue(scope, id, {
    ...secured(props.encryptionKey),
    // QUEUED work is offered again at least every hour, so an older message adds nothing.
    retentionPeriod: Duration.days(1),
    visibilityTimeout: Duration.seconds(props.visibilitySeconds),
    deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
  });
}

export interface WorkRuleProps {
  readonly description: string;
  readonly eventBus: EventBus;
  readonly workQueue: Queue;
  /** The queue for work that could not be delivered to the work queue. */
  readonly deadLetterQueue: Queue;
}

/** A status change with these values is work to be claimed. */
const QUEUED: { status: Status[]; phase: Phase[] } = { status: ['IN_PROGRESS'], phase: ['QUEUED'] };

/** Sends those status changes that are work to the work queue, as whole events. */
export function createWorkRule(scope: Construct, id: string, props: WorkRuleProps): Rule {
  const { description, eventBus, workQueue, deadLetterQueue } = props;
  const rule = new Rule(scope, id, {
    description,
    eventBus,
    eventPattern: { source: [EVENT_SOURCE], detailType: [RESOURCE_STATUS_CHANGE], detail: QUEUED },
  });
  rule.addTarget({
    // CDK's SqsQueue target would also let EventBridge read the queue's attributes.
    bind: () => ({
      arn: workQueue.queueArn,
      targetResource: workQueue,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      retryPolicy: {
        maximumEventAgeInSeconds: DELIVERY_RETRY.maxAgeSeconds,
        maximumRetryAttempts: DELIVERY_RETRY.maxAttempts,
      },
    }),
  });
  for (const queue of [workQueue, deadLetterQueue]) queue.addToResourcePolicy(sendingBy(rule, queue));
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
