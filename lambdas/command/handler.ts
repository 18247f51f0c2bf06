import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientDefaults } from '../adapters/clients.ts';
import { createHealthStore } from '../adapters/dynamodb/health-store.ts';
import { createHistoryStore } from '../adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../adapters/dynamodb/stack-store.ts';
import { createTimerIndex } from '../adapters/dynamodb/timer-index.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTelemetry } from '../adapters/telemetry/powertools.ts';
import { retention, tableName } from '../shared/config.ts';
import { handlerOf } from '../shared/handler.ts';
import { callerOf } from './caller.ts';
import { command } from './command.ts';

const dynamodb = new DynamoDBClient(clientDefaults);
const telemetry = createTelemetry();
const deps = {
  store: createStackStore(dynamodb, tableName()),
  resources: createResourceActionStore(dynamodb, tableName()),
  health: createHealthStore(dynamodb, tableName()),
  history: createHistoryStore(dynamodb, tableName()),
  index: createTimerIndex(dynamodb, tableName()),
  clock: systemClock,
  telemetry,
  retention: retention(),
};

export const handler = handlerOf(telemetry, (request: unknown, { invokedFunctionArn }) =>
  command(deps, request, callerOf(invokedFunctionArn)),
);
