import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { clientDefaults } from '../adapters/clients.ts';
import { createChildStore } from '../adapters/dynamodb-child-store.ts';
import { createResourceStore } from '../adapters/dynamodb-resource-store.ts';
import { createStackStore } from '../adapters/dynamodb-stack-store.ts';
import { createEventBus } from '../adapters/eventbridge-bus.ts';
import { createTelemetry } from '../adapters/powertools-telemetry.ts';
import { rowChanges } from '../adapters/stream-records.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { eventBusName, retention, tableName } from '../config.ts';
import { effects } from './effects.ts';

const telemetry = createTelemetry();
const dynamodb = new DynamoDBClient(clientDefaults);
const deps = {
  bus: createEventBus(new EventBridgeClient(clientDefaults), eventBusName()),
  store: createStackStore(dynamodb, tableName()),
  resources: createResourceStore(dynamodb, tableName()),
  children: createChildStore(dynamodb, tableName()),
  clock: systemClock,
  telemetry,
  retention: retention(),
};

export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  try {
    await effects(deps, rowChanges(event));
  } finally {
    telemetry.flush();
  }
}
