/**
 * The end of an operation with 1 000 resource actions: how long until the last one ends, and how
 * many calls it takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import pMap from 'p-map';
import { renderTable } from '../cli/terminal/table.ts';
import type { StackTimeoutsClient } from '../client/client.ts';
import { accepted } from '../client/errors.ts';
import { createChildStore } from '../lambdas/adapters/dynamodb/child-store.ts';
import { createHistoryStore } from '../lambdas/adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../lambdas/adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../lambdas/adapters/dynamodb/stack-store.ts';
import { createEventBus } from '../lambdas/adapters/eventbridge/event-bus.ts';
import { systemClock } from '../lambdas/adapters/system-clock.ts';
import type { RowChange } from '../lambdas/domain/consequences.ts';
import { effects } from '../lambdas/effects/effects.ts';
import { clientFor } from '../local/client.ts';
import { sdkConfig } from '../local/environment.ts';
import type { LocalCloud, Outputs } from '../local/local-cloud.ts';

const RESOURCES = 1000;
/** The stream's batch size. */
const BATCH_SIZE = 100;

export async function operationEnd({ outputs }: LocalCloud): Promise<void> {
  const client = clientFor(outputs);
  await dispatchAll(client, 'timed');
  const { stack } = accepted(await client.cancelOperation({ stackId: 'timed', operationId: 'op' }));
  const last = await lastEnd(client, 'timed');
  const headers = ['resource actions', 'last one ended after ms', 'calls of effects'];
  const row = [RESOURCES, last - Date.parse(stack.endedAt ?? ''), await callsOfEffects(outputs)];
  console.log(renderTable(headers, [row.map(String)]));
}

async function dispatchAll(client: StackTimeoutsClient, stackId: string): Promise<void> {
  const operation = { stackId, operationId: 'op' };
  accepted(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 3600 }));
  await pMap(
    Array.from({ length: RESOURCES }, (_, n) => `resource-${n}`),
    async (resource) => {
      const work = { ...operation, resource, action: 'CREATE', startToCloseSeconds: 600 } as const;
      accepted(await client.dispatchResource(work));
    },
    { concurrency: 8 },
  );
  // Waits until everything that the dispatches caused is over.
  await sleep(20_000);
}

async function lastEnd(client: StackTimeoutsClient, stackId: string): Promise<number> {
  for (;;) {
    await sleep(500);
    const ends: (string | undefined)[] = [];
    for await (const { endedAt } of client.resources(stackId)) ends.push(endedAt);
    if (ends.every((end) => end !== undefined)) return Math.max(...ends.map((end) => Date.parse(end)));
  }
}

/**
 * Counts the calls of effects, run in this process as the stream would run it: for the end of the
 * operation, and then for the ends of its resource actions. The operation's end is passed to it
 * without being written: otherwise the deployed function would be faster.
 */
async function callsOfEffects(outputs: Outputs): Promise<string> {
  const calls = new Map<string, number>();
  const counted = <T extends DynamoDBClient | EventBridgeClient>(client: T): T => {
    (client as DynamoDBClient).middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const name = String(commandName).replace(/Command$/, '');
          calls.set(name, (calls.get(name) ?? 0) + 1);
          return next(args);
        },
      { step: 'finalizeRequest', priority: 'low', name: 'count' },
    );
    return client;
  };
  const dynamodb = counted(new DynamoDBClient(sdkConfig(outputs)));
  const tableName = outputs.TableName as string;
  const store = createStackStore(dynamodb, tableName);
  const stream: RowChange[] = [];
  const resources = createResourceActionStore(dynamodb, tableName);
  const deps = {
    store,
    children: createChildStore(dynamodb, tableName),
    bus: createEventBus(counted(new EventBridgeClient(sdkConfig(outputs))), outputs.EventBusName as string),
    clock: systemClock,
    telemetry: { record: () => undefined },
    retention: 86_400_000,
    history: createHistoryStore(dynamodb, tableName),
    historyRetention: 86_400_000,
    resources: {
      ...resources,
      save: async (...[row, seen, payload]: Parameters<typeof resources.save>) => {
        const saved = await resources.save(row, seen, payload);
        if (saved) stream.push({ before: seen as RowChange['before'], after: row } as RowChange);
        return saved;
      },
    },
  };
  const client = clientFor(outputs);
  await dispatchAll(client, 'counted');
  const before = await store.load('counted');
  if (before?.status !== 'IN_PROGRESS') throw new Error('the operation has already ended');
  const { timer, ...rest } = before;
  const ended = { status: 'FAILED', cause: 'CANCELLED', change: 'CANCEL', endedAt: Date.now() } as const;
  const after = { ...rest, ...ended, expiresAt: 0, lastGeneration: timer.generation, version: 2 };
  calls.clear();
  await effects(deps, [{ before, after }]);
  while (stream.length > 0) await effects(deps, stream.splice(0, BATCH_SIZE));
  return [...calls].map(([name, count]) => `${count} ${name}`).join(', ');
}
