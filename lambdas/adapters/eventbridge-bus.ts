import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  EVENT_SOURCE,
  OPERATION_STATUS_CHANGE,
  type OperationStatusChange,
  RESOURCE_STATUS_CHANGE,
  type ResourceStatusChange,
} from '../contract.ts';
import type { EventBus } from '../ports.ts';

/** PutEvents takes at most this many entries in one call. */
const BATCH_SIZE = 10;

type Event = OperationStatusChange | ResourceStatusChange;

const isOfResource = (event: Event): event is ResourceStatusChange => 'resource' in event;

/** When it happened, as far as the event tells. */
const timeOf = (event: Event): string | undefined =>
  event.endedAt ?? (isOfResource(event) ? undefined : event.startedAt);

export function createEventBus(eventBridge: EventBridgeClient, busName: string): EventBus {
  /** EventBridge answers 200 even if it took only some: those it did not take carry an ErrorCode. */
  async function put(batch: readonly Event[]): Promise<void> {
    const { Entries = [], FailedEntryCount = 0 } = await eventBridge.send(
      new PutEventsCommand({
        Entries: batch.map((event) => {
          const time = timeOf(event);
          return {
            EventBusName: busName,
            Source: EVENT_SOURCE,
            DetailType: isOfResource(event) ? RESOURCE_STATUS_CHANGE : OPERATION_STATUS_CHANGE,
            ...(time !== undefined && { Time: new Date(time) }),
            Detail: JSON.stringify(event),
          };
        }),
      }),
    );
    if (FailedEntryCount > 0) {
      const codes = new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []));
      throw new Error(
        `EventBridge did not take ${FailedEntryCount} of ${batch.length} events: ${[...codes].join(', ')}`,
      );
    }
  }

  return {
    async publish(events) {
      for (let start = 0; start < events.length; start += BATCH_SIZE) {
        await put(events.slice(start, start + BATCH_SIZE));
      }
    },
  };
}
