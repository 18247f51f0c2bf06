import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { clientDefaults } from '../adapters/clients.ts';
import { createStackStore } from '../adapters/dynamodb-stack-store.ts';
import { createTelemetry } from '../adapters/powertools-telemetry.ts';
import { createTimerQueue } from '../adapters/sqs-timer-queue.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { retention, tableName, timerQueueUrl } from '../config.ts';
import { wake } from './wake.ts';

const telemetry = createTelemetry();
const deps = {
  store: createStackStore(new DynamoDBClient(clientDefaults), tableName()),
  queue: createTimerQueue(new SQSClient(clientDefaults), timerQueueUrl()),
  clock: systemClock,
  telemetry,
  retention: retention(),
};

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  try {
    const failed = await wake(deps, event.Records);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    telemetry.flush();
  }
}
