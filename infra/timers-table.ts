import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { EXPIRY_ATTRIBUTE, TIMER_INDEX } from '../contract/deployment.ts';

/**
 * The rows. A `Table` and not a `TableV2`: a TableV2 is a global table, and its replicas resolve conflicts by "last
 * writer wins", while every promise here rests on conditional writes in one region.
 */
export function createTimersTable(scope: Construct, id: string, dev: boolean): Table {
  const table = new Table(scope, id, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    // What follows from a change is derived from both images, also when one operation replaces another.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: EXPIRY_ATTRIBUTE,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: dev ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    deletionProtection: !dev,
  });
  table.addGlobalSecondaryIndex({
    indexName: TIMER_INDEX.name,
    partitionKey: { name: TIMER_INDEX.shard, type: AttributeType.STRING },
    sortKey: { name: TIMER_INDEX.dueAt, type: AttributeType.NUMBER },
    // The row itself is read consistently before anything is decided.
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return table;
}
