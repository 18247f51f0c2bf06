import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { secured } from './queue.ts';

export interface TimerQueueProps {
  readonly deadLetterQueue: Queue;
  readonly encryptionKey: IKey | undefined;
  readonly maxReceiveCount: number;
  readonly wakeTimeoutSeconds: number;
}

/**
 * The queue of delayed wake-ups. A standard queue: FIFO queues have no delay per message, and order
 * does not matter.
 */
export function createTimerQueue(scope: Construct, id: string, props: TimerQueueProps): Queue {
  return new Queue(scope, id, {
    ...secured(props.encryptionKey),
    // The default of SQS. By then the sweep has handled the row.
    retentionPeriod: Duration.days(4),
    // AWS recommends six times the function's timeout, so that Lambda can retry before SQS delivers
    // again.
    visibilityTimeout: Duration.seconds(6 * props.wakeTimeoutSeconds),
    deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
  });
}
