import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Encryption with a key of SQS, because EventBridge cannot send to a queue encrypted with
 * `alias/aws/sqs`; or with a key of yours. The messages contain neither the input nor the output of
 * the work.
 */
export const secured = (key: IKey | undefined) =>
  ({
    ...(key === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: key }),
    enforceSSL: true,
  }) as const;

/** A dead-letter queue. It keeps messages for 14 days, the longest that SQS allows. */
export function createDeadLetterQueue(scope: Construct, id: string, key: IKey | undefined): Queue {
  return new Queue(scope, id, { ...secured(key), retentionPeriod: Duration.days(14) });
}
