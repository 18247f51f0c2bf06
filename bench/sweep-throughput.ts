/**
 * How many overdue rows per second one sweep ends, on its own table, so that no other function
 * handles them.
 */
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { renderTable } from '../cli/terminal/table.ts';
import { batchesOf } from '../lambdas/adapters/batches.ts';
import { createHealthStore } from '../lambdas/adapters/dynamodb/health-store.ts';
import { createResourceActionStore } from '../lambdas/adapters/dynamodb/resource-action-store.ts';
import { toStackItem } from '../lambdas/adapters/dynamodb/stack-item.ts';
import { createStackStore } from '../lambdas/adapters/dynamodb/stack-store.ts';
import { createSweepLease } from '../lambdas/adapters/dynamodb/sweep-lease.ts';
import { createTimerIndex } from '../lambdas/adapters/dynamodb/timer-index.ts';
import { systemClock } from '../lambdas/adapters/system-clock.ts';
import type { StackRow } from '../lambdas/domain/stack/state.ts';
import type { Observation } from '../lambdas/ports/telemetry.ts';
import { sweep } from '../lambdas/sweep/sweep.ts';
import { sdkConfig } from '../local/environment.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { createTableLike } from '../test/support/table-like.ts';

const OVERDUE_ROWS = 5000;

export async function sweepThroughput(outputs: Outputs): Promise<void> {
  const dynamodb = new DynamoDBClient(sdkConfig(outputs));
  const tableName = await fill(dynamodb, outputs.TableName ?? '');
  const observations: Observation[] = [];
  const startedAt = performance.now();
  await sweep(
    {
      store: createStackStore(dynamodb, tableName),
      resources: createResourceActionStore(dynamodb, tableName),
      health: createHealthStore(dynamodb, tableName),
      // No command function uses the benchmark's table.
      canary: { probe: async () => true },
      index: createTimerIndex(dynamodb, tableName),
      lease: createSweepLease(dynamodb, tableName),
      clock: systemClock,
      telemetry: { record: (observation) => observations.push(observation) },
      retention: 86_400_000,
      grace: 30_000,
      budget: 45_000,
    },
    'bench',
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const observation of observations) {
    if (observation.kind !== 'sweepCompleted') continue;
    const { swept, outOfTime } = observation;
    console.log(
      renderTable(
        ['overdue', 'ended', 'seconds', 'rows a second', 'out of time'],
        [
          [
            String(OVERDUE_ROWS),
            String(swept),
            seconds.toFixed(1),
            (swept / seconds).toFixed(0),
            String(outOfTime),
          ],
        ],
      ),
    );
  }
}

/** A table like the deployed one, full of operations that should have timed out a minute ago. */
async function fill(dynamodb: DynamoDBClient, deployed: string): Promise<string> {
  const TableName = 'bench-sweep';
  await createTableLike(dynamodb, deployed, TableName);
  const dueAt = Date.now() - 60_000;
  const rows = Array.from({ length: OVERDUE_ROWS }, (_, n): StackRow => {
    const startedAt = dueAt - 600_000 - n;
    return {
      stackId: `stack-${n}`,
      operationId: 'op',
      action: 'CREATE',
      status: 'IN_PROGRESS',
      statusReason: 'Stack CREATE started',
      startedAt,
      deadline: dueAt - n,
      timer: { generation: 1, dueAt: dueAt - n, setAt: startedAt },
      endedOperationIds: [],
      change: 'START',
      version: 1,
    };
  });
  for (const batch of batchesOf(rows, 25)) {
    const puts = batch.map((row) => ({ PutRequest: { Item: toStackItem(row) } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
  return TableName;
}
