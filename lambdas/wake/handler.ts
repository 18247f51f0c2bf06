import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { clientDefaults } from '../adapters/clients.ts';
import { createHealthStore } from '../adapters/dynamodb/health-store.ts';
import { createResourceActionStore } from '../adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../adapters/dynamodb/stack-store.ts';
import { canaryClient, createCanary } from '../adapters/lambda/canary.ts';
import { createTimerQueue } from '../adapters/sqs/timer-queue.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTelemetry } from '../adapters/telemetry/powertools.ts';
import { commandFunctionName, retention, tableName, timerQueueUrl } from '../shared/config.ts';
import { handlerOf, partialBatchFailure } from '../shared/handler.ts';
import { wake } from './wake.ts';

const dynamodb = new DynamoDBClient(clientDefaults);
const telemetry = createTelemetry();
const deps = {
  store: createStackStore(dynamodb, tableName()),
  resources: createResourceActionStore(dynamodb, tableName()),
  health: createHealthStore(dynamodb, tableName()),
  canary: createCanary(new LambdaClient(canaryClient), commandFunctionName()),
  queue: createTimerQueue(new SQSClient(clientDefaults), timerQueueUrl()),
  clock: systemClock,
  sleep,
  telemetry,
  retention: retention(),
};

export const handler = handlerOf(telemetry, async ({ Records }: SQSEvent) =>
  partialBatchFailure(await wake(deps, Records)),
);
