import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createChildStore } from '../../lambdas/adapters/dynamodb/child-store.ts';
import { createHealthStore } from '../../lambdas/adapters/dynamodb/health-store.ts';
import { createResourceActionStore } from '../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../../lambdas/adapters/dynamodb/stack-store.ts';
import { createSweepLease } from '../../lambdas/adapters/dynamodb/sweep-lease.ts';
import { createTimerIndex } from '../../lambdas/adapters/dynamodb/timer-index.ts';
import { childStoreContract, healthStoreContract } from './family.ts';
import { resourceStoreContract } from './resources.ts';
import { tableContract } from './table.ts';

/** Every contract of what is kept in the table. `emptyTable` makes one like the deployed one, and gives its name. Both are asked when a test needs them. */
export function dynamoDbContracts(client: () => DynamoDBClient, emptyTable: () => Promise<string>): void {
  tableContract(async () => {
    const TableName = await emptyTable();
    return {
      store: createStackStore(client(), TableName),
      resources: createResourceActionStore(client(), TableName),
      index: createTimerIndex(client(), TableName),
      lease: createSweepLease(client(), TableName),
    };
  });

  resourceStoreContract(async () => {
    const TableName = await emptyTable();
    return {
      store: createStackStore(client(), TableName),
      resources: createResourceActionStore(client(), TableName),
    };
  });

  childStoreContract(async () => createChildStore(client(), await emptyTable()));

  healthStoreContract(async () => createHealthStore(client(), await emptyTable()));
}
