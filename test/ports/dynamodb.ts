import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createChildStore } from '../../lambdas/adapters/dynamodb/child-store.ts';
import { createHealthStore } from '../../lambdas/adapters/dynamodb/health-store.ts';
import { createHistoryStore } from '../../lambdas/adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../../lambdas/adapters/dynamodb/stack-store.ts';
import { createSweepLease } from '../../lambdas/adapters/dynamodb/sweep-lease.ts';
import { createTimerIndex } from '../../lambdas/adapters/dynamodb/timer-index.ts';
import { childStoreSuite, healthStoreSuite } from './child-and-health-store.ts';
import { historyStoreSuite } from './history-store.ts';
import { resourceActionStoreSuite } from './resource-action-store.ts';
import { tableSuite } from './table.ts';

/**
 * Every suite of what is kept in the table. `emptyTable` makes one like the deployed one, and gives
 * its name. Both are asked when a test needs them.
 */
export function dynamoDbSuites(client: () => DynamoDBClient, emptyTable: () => Promise<string>): void {
  tableSuite(async () => {
    const TableName = await emptyTable();
    return {
      store: createStackStore(client(), TableName),
      resources: createResourceActionStore(client(), TableName),
      index: createTimerIndex(client(), TableName),
      lease: createSweepLease(client(), TableName),
    };
  });

  resourceActionStoreSuite(async () => {
    const TableName = await emptyTable();
    return {
      store: createStackStore(client(), TableName),
      resources: createResourceActionStore(client(), TableName),
    };
  });

  childStoreSuite(async () => createChildStore(client(), await emptyTable()));

  healthStoreSuite(async () => createHealthStore(client(), await emptyTable()));

  historyStoreSuite(async () => {
    const TableName = await emptyTable();
    return {
      history: createHistoryStore(client(), TableName),
      store: createStackStore(client(), TableName),
      resources: createResourceActionStore(client(), TableName),
    };
  });
}
