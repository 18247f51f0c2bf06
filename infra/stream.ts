import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
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

/** Keeps the whole of the stream's records that a function failed on for good, until they are replayed. */
export function createFailureBucket(scope: Construct, id: string, dev: boolean): Bucket {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(90) }],
    removalPolicy: dev ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
  acknowledge(
    bucket,
    'S1',
    'Only Lambda writes here and only an operator reads, by CloudTrail-logged roles; access logs would need a second bucket that holds more than this one.',
  );
  return bucket;
}

export interface StreamMappingProps {
  readonly table: Table;
  readonly failures: Bucket;
  /** The changes that the function has nothing to do with: it is not even invoked for them. */
  readonly ignore: readonly (StackTransition | ResourceActionTransition)[];
  readonly parallelizationFactor: number;
  /** How often a failing batch is tried again, once it has been split down to the record that fails. */
  readonly retryAttempts: number;
  readonly maxRecordAge: Duration;
}

/** Lets a function read the table's stream, on its own: a function that fails holds up no other. */
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
    // One record that cannot be processed holds up its shard; splitting the batch finds it, and does not count as a retry.
    bisectBatchOnError: true,
    retryAttempts: props.retryAttempts,
    maxRecordAge: props.maxRecordAge,
    // CDK's S3OnFailureDestination would grant reading and deleting too.
    onFailure: { bind: () => ({ destination: props.failures.bucketArn }) },
    supportS3OnFailureDestination: true,
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    // Matches only what has a new image with a `change`: neither removals nor items without one, as the sweep's lease.
    filters: [
      FilterCriteria.filter({
        dynamodb: { NewImage: { change: { S: [{ 'anything-but': props.ignore }] } } },
      }),
    ],
  });
}
