/**
 * What changes with an encryption key of one's own: who else must be allowed to use it. AWS checks
 * the key's policy besides that of the table, queue, bucket, log group or bus.
 */
import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Reading and writing items: what DynamoDB asks of whoever uses an encrypted table. */
const ITEMS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const STREAM = ['kms:Decrypt', 'kms:DescribeKey'];
/** Decrypting is also part of sending: SQS checks the new data key. */
const SEND = ['kms:Decrypt', 'kms:GenerateDataKey'];
const RECEIVE = ['kms:Decrypt'];
const KEEP_FAILURE = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** What each role does with the key, by the service it does it through. */
const KEY_USES = {
  command: { dynamodb: ITEMS },
  arm: { dynamodb: STREAM, sqs: SEND, s3: KEEP_FAILURE },
  effects: { dynamodb: ITEMS, s3: KEEP_FAILURE },
  wake: { dynamodb: ITEMS, sqs: SEND },
  sweep: { dynamodb: ITEMS },
  scheduler: { sqs: SEND },
  worker: { sqs: RECEIVE },
} as const;

/** The permissions of a role for the key; none without one. */
export const keyCalls = (user: keyof typeof KEY_USES, key: IKey | undefined): PolicyStatement[] =>
  key === undefined
    ? []
    : Object.entries(KEY_USES[user]).map(
        ([service, actions]) =>
          new PolicyStatement({
            actions,
            resources: [key.keyArn],
            conditions: { StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com` } },
          }),
      );

/**
 * Adds to the key's policy what services need that use the key in their own name, as AWS documents
 * it. The policy of an imported key stays as it is: docs/security.md says what it must contain.
 */
export function letServicesUse(key: IKey, scope: Construct): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'EventBridgeToBusAndQueues',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      resources: ['*'],
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogGroups',
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      // The groups' own names would be a circular reference: each group refers to the key.
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': Stack.of(scope).formatArn({
            service: 'logs',
            resource: 'log-group:*',
          }),
        },
      },
    }),
  );
}
