import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, OPERATION_STATUS_CHANGE, type OperationStatusChange } from '../contract.ts';
import type { EventBus } from '../ports.ts';

/** PutEvents takes at most this many entries in one call. */
const BATCH_SIZE = 10;

export function createEventBus(eventBridge: EventBridgeClient, busName: string): EventBus {
  /** EventBridge answers 200 even if it took only some: those it did not take carry an ErrorCode. */
  async function put(batch: readonly OperationStatusChange[]): Promise<void> {
    const { Entries = [], FailedEntryCount = 0 } = await eventBridge.send(
      new PutEventsCommand({
        Entries: batch.map((event) => ({
          EventBusName: busName,
          Source: EVENT_SOURCE,
          DetailType: OPERATION_STATUS_CHANGE,
          Time: new Date(event.endedAt ?? event.startedAt),
          Detail: JSON.stringify(event),
        })),
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
