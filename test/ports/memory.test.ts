/** The memory adapters pass the contract suites of the real ones (those run in test/system/e2e/adapters.test.ts). */

import { ManualClock } from '../support/clock.ts';
import { MemoryBus, MemoryQueue, MemorySchedules } from '../support/memory-services.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { childStoreContract, healthStoreContract } from './family.ts';
import { resourceStoreContract } from './resources.ts';
import { eventBusContract, schedulesContract, timerQueueContract } from './services.ts';
import { tableContract } from './table.ts';

tableContract(async () => {
  const table = new MemoryTable();
  return { store: table, resources: table.resources, index: table, lease: table };
});

resourceStoreContract(async () => {
  const table = new MemoryTable();
  return { store: table, resources: table.resources };
});

childStoreContract(async () => new MemoryTable().children);

healthStoreContract(async () => new MemoryTable().health);

timerQueueContract(async () => {
  const queue = new MemoryQueue(new ManualClock());
  return { queue, received: async () => queue.receive() };
});

schedulesContract(async () => {
  const schedules = new MemorySchedules();
  const stored = async () =>
    [...schedules.schedules.values()].map(({ wakeUp, ...rest }) => ({
      ...rest,
      body: JSON.stringify(wakeUp),
    }));
  return { schedules, stored };
});

eventBusContract(async () => {
  const bus = new MemoryBus();
  return { bus, received: async () => bus.published.splice(0) };
});
