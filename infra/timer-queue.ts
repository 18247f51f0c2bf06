import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { SECURE } from './queue.ts';

export interface TimerQueueProps {
  readonly deadLetterQueue: Queue;
  readonly maxReceiveCount: number;
  readonly wakeTimeoutSeconds: number;
}

/** The queue of delayed wake-ups. A standard one: FIFO queues have no delay per message, and order is of no use here. */
export function createTimerQueue(scope: Construct, id: string, props: TimerQueueProps): Queue {
  return new Queue(scope, id, {
    ...SECURE,
    // SQS's own default. What wake could not look at for so long, the sweep has.
    retentionPeriod: Duration.days(4),
    // AWS advises six times the function's timeout, so that retries of the poller do not meet a redelivery.
    visibilityTimeout: Duration.seconds(6 * props.wakeTimeoutSeconds),
    deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
  });
}
