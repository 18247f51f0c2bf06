import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { EXPIRY_ATTRIBUTE, TIMER_INDEX } from '../contract/deployment.ts';
import type { Settings } from './settings.ts';

export interface TimersTableProps extends Pick<Settings, 'dev' | 'warmReadUnits' | 'warmWriteUnits'> {
  readonly encryptionKey: IKey | undefined;
}

/**
 * The table of all rows. A `Table`, because a `TableV2` is a global table: its replicas resolve
 * conflicts by "last writer wins", while every promise here depends on conditional writes in one
 * region.
 */
export function createTimersTable(
  scope: Construct,
  id: string,
  { dev, warmReadUnits, warmWriteUnits, encryptionKey }: TimersTableProps,
): Table {
  const warm = (indexWritesPerWrite: number) => {
    const units = {
      ...(warmReadUnits !== undefined && { readUnitsPerSecond: warmReadUnits }),
      ...(warmWriteUnits !== undefined && { writeUnitsPerSecond: warmWriteUnits * indexWritesPerWrite }),
    };
    return Object.keys(units).length > 0 && { warmThroughput: units };
  };
  const table = new Table(scope, id, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    // The consequences of a change are derived from both images.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: EXPIRY_ATTRIBUTE,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: dev ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    deletionProtection: !dev,
    ...(encryptionKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    ...warm(1),
  });
  table.addGlobalSecondaryIndex({
    indexName: TIMER_INDEX.name,
    partitionKey: { name: TIMER_INDEX.shard, type: AttributeType.STRING },
    sortKey: { name: TIMER_INDEX.dueAt, type: AttributeType.NUMBER },
    // Every decision reads the row itself, consistently.
    projectionType: ProjectionType.KEYS_ONLY,
    // The end of a stack moves its entry to another shard: the old one goes, a new one comes.
    ...warm(2),
  });
  return table;
}
