import { Duration } from 'aws-cdk-lib';
import type { EventBus, EventPattern } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE, OPERATION_STATUS_CHANGE, type Stack } from '../contract/index.ts';
import { createDeadLetterQueue, secured } from './queue.ts';
import { createQueueRule } from './queue-rule.ts';

export interface TimeoutQueueProps {
  readonly description: string;
  readonly eventBus: EventBus;
  readonly encryptionKey: IKey | undefined;
}

const CAUSE: { cause: NonNullable<Stack['cause']>[] } = { cause: ['TIMEOUT'] };

/** Operations that timed out. */
export const TIMED_OUT: EventPattern = {
  source: [EVENT_SOURCE],
  detailType: [OPERATION_STATUS_CHANGE],
  detail: CAUSE,
};

/** A queue of the operations that timed out, for one observer. */
export class TimeoutQueue extends Construct {
  /** The events, as EventBridge sends them. A message that is not deleted comes again after 30 s. */
  readonly queue: Queue;
  /** Events that were received 100 times without being deleted, or could not be delivered. */
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: TimeoutQueueProps) {
    super(scope, id);
    this.deadLetterQueue = createDeadLetterQueue(this, 'DeadLetterQueue', props.encryptionKey);
    this.queue = new Queue(this, 'Queue', {
      ...secured(props.encryptionKey),
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(30),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 100 },
    });
    createQueueRule(this, 'Rule', {
      description: props.description,
      eventBus: props.eventBus,
      eventPattern: TIMED_OUT,
      queue: this.queue,
      deadLetterQueue: this.deadLetterQueue,
    });
  }
}
