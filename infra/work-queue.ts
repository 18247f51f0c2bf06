import { Duration } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
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

/** A status change with these values is work to be claimed. */
const QUEUED: { status: Status[]; phase: Phase[] } = { status: ['IN_PROGRESS'], phase: ['QUEUED'] };

/** Those status changes that are work. */
export const WORK: EventPattern = {
  source: [EVENT_SOURCE],
  detailType: [RESOURCE_STATUS_CHANGE],
  detail: QUEUED,
};
