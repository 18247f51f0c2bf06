import { expect } from 'vitest';
import type { OperationStatusChange, ResourceActionStatusChange } from '../../../../contract/index.ts';
import { eventually } from '../../../../local/eventually.ts';
import { routeEvents } from '../../../../local/route-events.ts';
import { createQueue, drain, eventBridge, output, sqs, unique } from './aws.ts';
import { route } from './work.ts';

export interface Envelope {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: OperationStatusChange;
}

/** Receives every event of the deployment's bus from now on. */
export async function observe(): Promise<{
  /**
   * The events of a stack, each id once, by version, when there are as many as expected. Neither
   * the bus nor a standard queue keeps their order.
   */
  eventsOf: (stackId: string, count: number) => Promise<Envelope[]>;
}> {
  const queue = await createQueue('observer');
  await routeEvents(
    { sqs, eventBridge },
    {
      eventBusName: output('EventBusName'),
      name: unique('observer'),
      pattern: { source: ['stack-timeouts'] },
      queueUrl: queue.url,
    },
  );
  const received: Envelope[] = [];
  const eventsOf = (stackId: string, count: number): Promise<Envelope[]> =>
    eventually(
      async () => {
        received.push(...(await drain(queue.url)).map((body) => JSON.parse(body) as Envelope));
        const byId = new Map(
          received
            .filter(({ detail }) => detail.stackId === stackId)
            .map((event) => [event.detail.id, event]),
        );
        expect([...byId.keys()]).toHaveLength(count);
        return [...byId.values()].toSorted((a, b) => a.detail.version - b.detail.version);
      },
      { within: 120_000, every: 300 },
    );
  return { eventsOf };
}

/**
 * Receives the events of resource actions of one type from now on.
 *
 * @returns what waits until those received, each id once, satisfy a check, and gives them.
 */
export async function observeResources(
  resourceType: string,
): Promise<(check: (events: ResourceActionStatusChange[]) => void) => Promise<ResourceActionStatusChange[]>> {
  const { url } = await createQueue('observer');
  await route(url, { resourceType: [resourceType] });
  const byId = new Map<string, ResourceActionStatusChange>();
  return (check) =>
    eventually(
      async () => {
        for (const body of await drain(url)) {
          const { detail } = JSON.parse(body) as { detail: ResourceActionStatusChange };
          byId.set(detail.id, detail);
        }
        const events = [...byId.values()].toSorted((a, b) => a.version - b.version);
        check(events);
        return events;
      },
      { within: 120_000, every: 300 },
    );
}
