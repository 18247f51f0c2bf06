import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { clientDefaults } from '../adapters/clients.ts';
import { createChildStore } from '../adapters/dynamodb/child-store.ts';
import { createHistoryStore } from '../adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../adapters/dynamodb/stack-store.ts';
import { rowChanges } from '../adapters/dynamodb/stream-records.ts';
import { createEventBus } from '../adapters/eventbridge/event-bus.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTelemetry } from '../adapters/telemetry/powertools.ts';
import { eventBusName, historyRetention, retention, tableName } from '../shared/config.ts';
import { handlerOf } from '../shared/handler.ts';
import { effects } from './effects.ts';

const telemetry = createTelemetry();
const dynamodb = new DynamoDBClient(clientDefaults);
const deps = {
  bus: createEventBus(new EventBridgeClient(clientDefaults), eventBusName()),
  store: createStackStore(dynamodb, tableName()),
  resources: createResourceActionStore(dynamodb, tableName()),
  children: createChildStore(dynamodb, tableName()),
  history: createHistoryStore(dynamodb, tableName()),
  clock: systemClock,
  telemetry,
  retention: retention(),
  historyRetention: historyRetention(),
};

export const handler = handlerOf(telemetry, (event: DynamoDBStreamEvent) => effects(deps, rowChanges(event)));
