/** The ports of the use cases by the deployed adapters, over simulated AWS clients. */
import { createChildStore } from '../../../lambdas/adapters/dynamodb/child-store.ts';
import { createHealthStore } from '../../../lambdas/adapters/dynamodb/health-store.ts';
import { createHistoryStore } from '../../../lambdas/adapters/dynamodb/history-store.ts';
import { createResourceActionStore } from '../../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { createStackStore } from '../../../lambdas/adapters/dynamodb/stack-store.ts';
import { createSweepLease } from '../../../lambdas/adapters/dynamodb/sweep-lease.ts';
import { createTimerIndex } from '../../../lambdas/adapters/dynamodb/timer-index.ts';
import { createEventBus } from '../../../lambdas/adapters/eventbridge/event-bus.ts';
import { createSchedules } from '../../../lambdas/adapters/eventbridge/schedules.ts';
import { createCanary } from '../../../lambdas/adapters/lambda/canary.ts';
import { createTimerQueue } from '../../../lambdas/adapters/sqs/timer-queue.ts';
import type { ResourceActionStore } from '../../../lambdas/ports/stores.ts';
import { DEPLOYED_DEFAULTS } from '../../support/defaults.ts';
import type { Ports, Probe } from '../ports.ts';
import type { Process } from '../process.ts';
import { keyOf, type Row } from '../row.ts';
import type { Services } from '../services.ts';
import { eventBridgeOf, lambdaOf, schedulerOf, sqsOf } from './clients.ts';
import { dynamodbOf } from './dynamodb.ts';
import type { Items } from './items.ts';

const TARGET = {
  groupName: 'timers',
  queueArn: 'queue',
  roleArn: 'role',
  deadLetterQueueArn: 'dead letters',
};

export function adaptersOf(
  services: Services,
  process: Process,
  items: Items,
  probe: Probe,
): Omit<Ports, 'telemetry'> {
  const dynamodb = dynamodbOf(services, process, items);
  return {
    store: createStackStore(dynamodb, 'table', process.pauseFor),
    resources: resourceStoreOf(services, process, items),
    children: createChildStore(dynamodb, 'table'),
    health: createHealthStore(dynamodb, 'table'),
    history: createHistoryStore(dynamodb, 'table', process.pauseFor),
    lease: createSweepLease(dynamodb, 'table'),
    index: createTimerIndex(dynamodb, 'table'),
    canary: createCanary(lambdaOf(process, probe), 'command'),
    queue: createTimerQueue(sqsOf(services, process), 'queue', process.pauseFor),
    schedules: createSchedules(schedulerOf(services, process), TARGET),
    bus: createEventBus(eventBridgeOf(services, process), 'bus', process.pauseFor),
    clock: process.clock,
    sleep: (milliseconds) => process.sleep(milliseconds),
    ...DEPLOYED_DEFAULTS,
    retention: services.retention,
    historyRetention: services.retention,
  };
}

/**
 * Remembers with which stack a resource action was read: others of the same stack may be read
 * meanwhile.
 */
function resourceStoreOf(services: Services, process: Process, items: Items): ResourceActionStore {
  const store = createResourceActionStore(dynamodbOf(services, process, items), 'table', process.pauseFor);
  return {
    ...store,
    async loadWithStack(stackId, resource) {
      let read: Row | undefined;
      const dynamodb = dynamodbOf(services, process, items, (stack) => {
        read = stack;
      });
      const { loadWithStack } = createResourceActionStore(dynamodb, 'table', process.pauseFor);
      const rows = await loadWithStack(stackId, resource);
      process.readWith.set(keyOf({ stackId, resource }), read);
      return rows;
    },
  };
}
