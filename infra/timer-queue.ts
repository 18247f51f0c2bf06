import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Encrypted with SQS's own key: EventBridge cannot send to a queue encrypted with `alias/aws/sqs`, and the messages
 * hold no more than the names of rows.
 */
const SECURE = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** A queue of what could not be delivered, kept for as long as SQS can: 14 days. */
export function createDeadLetterQueue(scope: Construct, id: string): Queue {
  return new Queue(scope, id, { ...SECURE, retentionPeriod: Duration.days(14) });
}

export interface TimerQueueProps {
  readonly deadLetterQueue: Queue;
  readonly maxReceiveCount: number;
  readonly wakeTimeoutSeconds: number;
}

/** The queue of delayed wake-ups. A standard one: FIFO queues have no delay per message, and order is of no use here. */
export function createTimerQueue(scope: Construct, id: string, props: TimerQueueProps): Queue {
  return new Queue(scope, id, {
    ...SECURE,
    // AWS advises six times the function's timeout, so that retries of the poller do not meet a redelivery.
    visibilityTimeout: Duration.seconds(6 * props.wakeTimeoutSeconds),
    deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
  });
}
