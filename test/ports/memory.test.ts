/**
 * The memory adapters pass the port suites of the real ones (those run in
 * test/system/e2e/adapters.test.ts).
 */

import { ManualClock } from '../support/clock.ts';
import { MemoryBus, MemoryQueue, MemorySchedules } from '../support/memory-services.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { childStoreSuite, healthStoreSuite } from './child-and-health-store.ts';
import { historyStoreSuite } from './history-store.ts';
import { eventBusSuite, schedulesSuite, timerQueueSuite } from './messaging.ts';
import { resourceActionStoreSuite } from './resource-action-store.ts';
import { tableSuite } from './table.ts';

tableSuite(async () => {
  const table = new MemoryTable();
  return { store: table, resources: table.resources, index: table, lease: table };
});

resourceActionStoreSuite(async () => {
  const table = new MemoryTable();
  return { store: table, resources: table.resources };
});

childStoreSuite(async () => new MemoryTable().children);

healthStoreSuite(async () => new MemoryTable().health);

historyStoreSuite(async () => {
  const table = new MemoryTable();
  return { history: table.history, store: table, resources: table.resources };
});

timerQueueSuite(async () => {
  const queue = new MemoryQueue(new ManualClock());
  return { queue, received: async () => queue.receive() };
});

schedulesSuite(async () => {
  const schedules = new MemorySchedules();
  const stored = async () =>
    [...schedules.schedules.values()].map(({ wakeUp, ...rest }) => ({
      ...rest,
      body: JSON.stringify(wakeUp),
    }));
  return { schedules, stored };
});

eventBusSuite(async () => {
  const bus = new MemoryBus();
  return { bus, received: async () => bus.published.splice(0) };
});
