import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Encrypted with SQS's own key: EventBridge cannot send to a queue encrypted with `alias/aws/sqs`, and the messages
 * hold no more than what rows hold of names and states.
 */
export const SECURE = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** A queue of what could not be delivered, kept for as long as SQS can: 14 days. */
export function createDeadLetterQueue(scope: Construct, id: string): Queue {
  return new Queue(scope, id, { ...SECURE, retentionPeriod: Duration.days(14) });
}
