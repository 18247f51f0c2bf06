/** The simulated services pass the contract suites of the real ones, by their ports and under the deployed adapters. */
import { describe } from 'vitest';
import { childStoreContract, healthStoreContract } from '../ports/family.ts';
import { resourceStoreContract } from '../ports/resources.ts';
import { eventBusContract, schedulesContract, timerQueueContract } from '../ports/services.ts';
import { tableContract } from '../ports/table.ts';
import { adaptersOf } from './aws/adapters.ts';
import { Items } from './aws/items.ts';
import { type Ports, portsOf } from './ports.ts';
import type { Services, StatusChangeEvent } from './services.ts';
import { quietServices } from './support.ts';

interface Made {
  readonly ports: Omit<Ports, 'telemetry'>;
  readonly services: Services;
  readonly pumped: <T extends object>(port: T) => T;
  readonly pass: () => Promise<void>;
}

const nobody = async () => false;

const MAKERS: Readonly<Record<string, () => Made>> = {
  'by their ports': () => {
    const { services, process, ...rest } = quietServices();
    return { ports: portsOf(services, process, nobody), services, ...rest };
  },
  'under the deployed adapters': () => {
    const { services, process, ...rest } = quietServices();
    const items = new Items(services.table);
    return { ports: adaptersOf(services, process, items, nobody), services, ...rest };
  },
};

describe.each(Object.entries(MAKERS))('%s', (_, make) => {
  tableContract(async () => {
    const { ports, pumped } = make();
    return {
      store: pumped(ports.store),
      resources: pumped(ports.resources),
      index: pumped(ports.index),
      lease: pumped(ports.lease),
    };
  });

  resourceStoreContract(async () => {
    const { ports, pumped } = make();
    return { store: pumped(ports.store), resources: pumped(ports.resources) };
  });

  childStoreContract(async () => {
    const { ports, pumped } = make();
    return pumped(ports.children);
  });

  healthStoreContract(async () => {
    const { ports, pumped } = make();
    return pumped(ports.health);
  });

  timerQueueContract(async () => {
    const { ports, services, pumped, pass } = make();
    const received = async () => {
      await pass();
      const taken = services.timerQueue.take(10);
      for (const message of taken) services.timerQueue.delete(message);
      return taken.map(({ body }) => body);
    };
    return { queue: pumped(ports.queue), received };
  });

  schedulesContract(async () => {
    const { ports, services, pumped } = make();
    const stored = async () =>
      [...services.scheduler.schedules.values()].map(({ name, at, wakeUp }) => ({
        name,
        at,
        body: JSON.stringify(wakeUp),
      }));
    return { schedules: pumped(ports.schedules), stored };
  });

  eventBusContract(async () => {
    const { ports, services, pumped } = make();
    const events: StatusChangeEvent[] = [];
    services.watchers.push({ onPublish: (event) => events.push(event) });
    return { bus: pumped(ports.bus), received: async () => events.splice(0) };
  });
});
