import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Encryption with a key of SQS, because EventBridge cannot send to a queue encrypted with
 * `alias/aws/sqs`. The messages contain neither the input nor the output of the work.
 */
export const SECURE = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** A dead-letter queue. It keeps messages for 14 days, the longest that SQS allows. */
export function createDeadLetterQueue(scope: Construct, id: string): Queue {
  return new Queue(scope, id, { ...SECURE, retentionPeriod: Duration.days(14) });
}
