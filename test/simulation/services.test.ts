/**
 * The simulated services pass the port suites of the real ones, by their ports and under the
 * deployed adapters.
 */
import { describe } from 'vitest';
import { childStoreSuite, healthStoreSuite } from '../ports/child-and-health-store.ts';
import { eventBusSuite, schedulesSuite, timerQueueSuite } from '../ports/messaging.ts';
import { resourceActionStoreSuite } from '../ports/resource-action-store.ts';
import { tableSuite } from '../ports/table.ts';
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
    const items = new Items(services);
    return { ports: adaptersOf(services, process, items, nobody), services, ...rest };
  },
};

describe.each(Object.entries(MAKERS))('%s', (_, make) => {
  tableSuite(async () => {
    const { ports, pumped } = make();
    return {
      store: pumped(ports.store),
      resources: pumped(ports.resources),
      index: pumped(ports.index),
      lease: pumped(ports.lease),
    };
  });

  resourceActionStoreSuite(async () => {
    const { ports, pumped } = make();
    return { store: pumped(ports.store), resources: pumped(ports.resources) };
  });

  childStoreSuite(async () => {
    const { ports, pumped } = make();
    return pumped(ports.children);
  });

  healthStoreSuite(async () => {
    const { ports, pumped } = make();
    return pumped(ports.health);
  });

  timerQueueSuite(async () => {
    const { ports, services, pumped, pass } = make();
    const received = async () => {
      await pass();
      const taken = services.timerQueue.take(10);
      for (const message of taken) services.timerQueue.delete(message);
      return taken.map(({ body }) => body);
    };
    return { queue: pumped(ports.queue), received };
  });

  schedulesSuite(async () => {
    const { ports, services, pumped } = make();
    const stored = async () =>
      [...services.scheduler.schedules.values()].map(({ name, at, wakeUp }) => ({
        name,
        at,
        body: JSON.stringify(wakeUp),
      }));
    return { schedules: pumped(ports.schedules), stored };
  });

  eventBusSuite(async () => {
    const { ports, services, pumped } = make();
    const events: StatusChangeEvent[] = [];
    services.watchers.push({ onPublish: (event) => events.push(event) });
    return { bus: pumped(ports.bus), received: async () => events.splice(0) };
  });
});
