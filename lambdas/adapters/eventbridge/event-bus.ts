import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import {
  EVENT_SOURCE,
  OPERATION_STATUS_CHANGE,
  type OperationStatusChange,
  RESOURCE_STATUS_CHANGE,
  type ResourceActionStatusChange,
} from '../../../contract/index.ts';
import type { EventBus } from '../../ports/messaging.ts';
import { batchesOf } from '../batches.ts';
import { type Pause, randomPause } from '../pause.ts';
import { untilTaken } from '../until-taken.ts';

/** PutEvents takes at most this many entries in one call. */
const BATCH_SIZE = 10;

type Event = OperationStatusChange | ResourceActionStatusChange;

const isOfResourceAction = (event: Event): event is ResourceActionStatusChange => 'resource' in event;

/** When it happened, as far as the event tells. */
const timeOf = (event: Event): string | undefined =>
  event.endedAt ?? (isOfResourceAction(event) ? undefined : event.startedAt);

export function createEventBus(
  eventBridge: EventBridgeClient,
  busName: string,
  pause: Pause = randomPause,
): EventBus {
  async function put(batch: readonly Event[]): Promise<void> {
    let codes: readonly string[] = [];
    /**
     * EventBridge answers 200 even if it took only some: those it did not take carry an ErrorCode.
     */
    const send = async (some: readonly Event[]): Promise<readonly Event[]> => {
      const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: some.map(entryOf) }));
      codes = Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []);
      return some.filter((_, n) => Entries[n]?.ErrorCode !== undefined);
    };
    const { length } = await untilTaken(batch, send, pause);
    if (length === 0) return;
    const reasons = [...new Set(codes)].join(', ');
    throw new Error(`EventBridge did not take ${length} of ${batch.length} events: ${reasons}`);
  }

  const entryOf = (event: Event): PutEventsRequestEntry => {
    const time = timeOf(event);
    return {
      EventBusName: busName,
      Source: EVENT_SOURCE,
      DetailType: isOfResourceAction(event) ? RESOURCE_STATUS_CHANGE : OPERATION_STATUS_CHANGE,
      ...(time !== undefined && { Time: new Date(time) }),
      Detail: JSON.stringify(event),
    };
  };

  return {
    async publish(events) {
      for (const batch of batchesOf(events, BATCH_SIZE)) await put(batch);
    },
  };
}
