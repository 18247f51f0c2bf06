import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createChildStore } from '../../lambdas/adapters/dynamodb-child-store.ts';
import { createHealthStore } from '../../lambdas/adapters/dynamodb-health-store.ts';
import { createResourceStore } from '../../lambdas/adapters/dynamodb-resource-store.ts';
import { createStackStore } from '../../lambdas/adapters/dynamodb-stack-store.ts';
import { createSweepLease } from '../../lambdas/adapters/dynamodb-sweep-lease.ts';
import { createTimerIndex } from '../../lambdas/adapters/dynamodb-timer-index.ts';
import { childStoreContract, healthStoreContract } from './family.ts';
import { resourceStoreContract } from './resources.ts';
import { tableContract } from './table.ts';

/** Every contract of what is kept in the table. `emptyTable` makes one like the deployed one, and gives its name. */
export function dynamoDbContracts(dynamodb: DynamoDBClient, emptyTable: () => Promise<string>): void {
  tableContract(async () => {
    const TableName = await emptyTable();
    return {
      store: createStackStore(dynamodb, TableName),
      resources: createResourceStore(dynamodb, TableName),
      index: createTimerIndex(dynamodb, TableName),
      lease: createSweepLease(dynamodb, TableName),
    };
  });

  resourceStoreContract(async () => {
    const TableName = await emptyTable();
    return {
      store: createStackStore(dynamodb, TableName),
      resources: createResourceStore(dynamodb, TableName),
    };
  });

  childStoreContract(async () => createChildStore(dynamodb, await emptyTable()));

  healthStoreContract(async () => createHealthStore(dynamodb, await emptyTable()));
}
