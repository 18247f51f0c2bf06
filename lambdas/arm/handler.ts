import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { clientDefaults, impatientDefaults } from '../adapters/clients.ts';
import { rowChanges } from '../adapters/dynamodb/stream-records.ts';
import { createSchedules } from '../adapters/eventbridge/schedules.ts';
import { createTimerQueue } from '../adapters/sqs/timer-queue.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTelemetry } from '../adapters/telemetry/powertools.ts';
import { scheduleTarget, timerQueueUrl, timerSettings } from '../shared/config.ts';
import { handlerOf } from '../shared/handler.ts';
import { arm } from './arm.ts';

const telemetry = createTelemetry();
const deps = {
  queue: createTimerQueue(new SQSClient(clientDefaults), timerQueueUrl()),
  schedules: createSchedules(new SchedulerClient(impatientDefaults), scheduleTarget()),
  clock: systemClock,
  telemetry,
  settings: timerSettings(),
};

export const handler = handlerOf(telemetry, (event: DynamoDBStreamEvent) => arm(deps, rowChanges(event)));
