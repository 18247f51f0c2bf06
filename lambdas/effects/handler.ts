import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { clientDefaults } from '../adapters/clients.ts';
import { createEventBus } from '../adapters/eventbridge-bus.ts';
import { createTelemetry } from '../adapters/powertools-telemetry.ts';
import { rowChanges } from '../adapters/stream-records.ts';
import { eventBusName } from '../config.ts';
import { effects } from './effects.ts';

const telemetry = createTelemetry();
const deps = { bus: createEventBus(new EventBridgeClient(clientDefaults), eventBusName()), telemetry };

export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  try {
    await effects(deps, rowChanges(event));
  } finally {
    telemetry.flush();
  }
}
