import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  EventSourceMapping,
  FilterCriteria,
  type IFunction,
  MetricType,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ResourceActionTransition } from '../lambdas/domain/resource-action/state.ts';
import type { StackTransition } from '../lambdas/domain/stack/state.ts';
import { acknowledge } from './acknowledge.ts';

/**
 * The bucket for stream records that a function failed on until its retries ran out. It keeps the
 * whole records.
 */
export function createFailureBucket(
  scope: Construct,
  id: string,
  { dev, encryptionKey }: { readonly dev: boolean; readonly encryptionKey: IKey | undefined },
): Bucket {
  const bucket = new Bucket(scope, id, {
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(90) }],
    removalPolicy: dev ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
  acknowledge(
    bucket,
    'S1',
    'Only Lambda writes to it and only an operator reads it, with roles that CloudTrail logs; access logs would need a second bucket that holds more than this one.',
  );
  return bucket;
}

export interface StreamMappingProps {
  readonly table: Table;
  readonly failures: Bucket;
  /** The transitions that the function is not invoked for. */
  readonly ignore: readonly (StackTransition | ResourceActionTransition)[];
  readonly parallelizationFactor: number;
  /** How often a failing batch is retried, once it has been split down to the record that fails. */
  readonly retryAttempts: number;
  readonly maxRecordAge: Duration;
}

/**
 * Invokes a function with the table's stream. Each function has its own mapping, so one that fails
 * delays no other.
 */
export function mapStream(
  scope: Construct,
  id: string,
  target: IFunction,
  props: StreamMappingProps,
): EventSourceMapping {
  return new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: props.table.tableStreamArn as string,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    parallelizationFactor: props.parallelizationFactor,
    // A record that cannot be processed blocks its shard. Splitting the batch isolates it, and does
    // not count as a retry.
    bisectBatchOnError: true,
    retryAttempts: props.retryAttempts,
    maxRecordAge: props.maxRecordAge,
    // CDK's S3OnFailureDestination would also grant read and delete.
    onFailure: { bind: () => ({ destination: props.failures.bucketArn }) },
    supportS3OnFailureDestination: true,
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    // Matches only new images with a `change`: no removals, and no items without it, such as the
    // sweep's lease.
    filters: [
      FilterCriteria.filter({
        dynamodb: { NewImage: { change: { S: [{ 'anything-but': props.ignore }] } } },
      }),
      // A new row begins with a change that no function ignores. A restored row is new with any
      // change.
      FilterCriteria.filter({
        eventName: ['INSERT'],
        dynamodb: { NewImage: { change: { S: [{ exists: true }] } } },
      }),
    ],
  });
}
