import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { clientDefaults } from '../adapters/clients.ts';
import { createHealthStore } from '../adapters/dynamodb/health-store.ts';
import { createResourceActionStore } from '../adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../adapters/dynamodb/stack-store.ts';
import { createSweepLease } from '../adapters/dynamodb/sweep-lease.ts';
import { createTimerIndex } from '../adapters/dynamodb/timer-index.ts';
import { canaryClient, createCanary } from '../adapters/lambda/canary.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTelemetry } from '../adapters/telemetry/powertools.ts';
import { commandFunctionName, retention, sweepSettings, tableName } from '../shared/config.ts';
import { handlerOf } from '../shared/handler.ts';
import { sweep } from './sweep.ts';

const dynamodb = new DynamoDBClient(clientDefaults);
const telemetry = createTelemetry();
const deps = {
  store: createStackStore(dynamodb, tableName()),
  resources: createResourceActionStore(dynamodb, tableName()),
  health: createHealthStore(dynamodb, tableName()),
  canary: createCanary(new LambdaClient(canaryClient), commandFunctionName()),
  index: createTimerIndex(dynamodb, tableName()),
  lease: createSweepLease(dynamodb, tableName()),
  clock: systemClock,
  telemetry,
  retention: retention(),
  ...sweepSettings(),
};

export const handler = handlerOf(telemetry, (_event: unknown, { awsRequestId }) => sweep(deps, awsRequestId));
