import {
  EventBridgeClient,
  type PutEventsRequest,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { createEventBus } from '../../../../../lambdas/adapters/eventbridge/event-bus.ts';
import type { StackRow } from '../../../../../lambdas/domain/stack/state.ts';
import { statusChanges } from '../../../../../lambdas/domain/status-changes.ts';
import { answerAll } from '../../../../support/answer-all.ts';
import { endedResource, queued } from '../../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW } from '../../../../support/rows.ts';

/** A real client that keeps what it is asked to send; `answer` takes the place of the network. */
function busWith(answer: (request: PutEventsRequest) => object = () => ({ FailedEntryCount: 0 })) {
  const sent: PutEventsRequest[] = [];
  const client = new EventBridgeClient({ region: 'eu-west-1' });
  answerAll(client, (operation, input) => {
    expect(operation).toBe('PutEvents');
    sent.push(input as PutEventsRequest);
    return answer(input as PutEventsRequest);
  });
  return { bus: createEventBus(client, 'StackTimeoutsBus', async () => undefined), sent };
}

const eventsOf = (...rows: StackRow[]) =>
  rows.flatMap((after) => statusChanges({ after })).map(({ event }) => event);
const started = (count: number) =>
  eventsOf(...Array.from({ length: count }, (_, n) => inProgress({ stackId: `stack-${n}` })));

test('an entry says where it goes, where it is from, what it is, when it happened, and all of it', async () => {
  const { bus, sent } = busWith();
  const [start, end] = eventsOf(inProgress(), endedRow('completed'));
  await bus.publish([start, end].flatMap((event) => event ?? []));
  const entry = {
    EventBusName: 'StackTimeoutsBus',
    Source: 'stack-timeouts',
    DetailType: 'Stack Operation Status Change',
  };
  expect(sent).toEqual([
    {
      Entries: [
        // When it started; for an operation that has ended, when it ended.
        { ...entry, Time: new Date(NOW), Detail: JSON.stringify(start) },
        { ...entry, Time: new Date(NOW - 10_000), Detail: JSON.stringify(end) },
      ],
    },
  ]);
  // Of the two, only the end has an end: else the times above would prove nothing.
  expect([start?.endedAt, end?.endedAt]).toEqual([undefined, '2026-01-31T11:59:50.000Z']);
});

test('an entry about a resource action is of another kind; that of its end tells when it was', async () => {
  const { bus, sent } = busWith();
  const [work, end] = [queued(), endedResource('completed')].flatMap((after) => statusChanges({ after }));
  await bus.publish([work, end].flatMap((change) => change?.event ?? []));
  const entry = {
    EventBusName: 'StackTimeoutsBus',
    Source: 'stack-timeouts',
    DetailType: 'Resource Action Status Change',
  };
  expect(sent).toEqual([
    {
      Entries: [
        { ...entry, Detail: JSON.stringify(work?.event) },
        { ...entry, Time: new Date(NOW - 10_000), Detail: JSON.stringify(end?.event) },
      ],
    },
  ]);
});

test('EventBridge is given at most ten at once, in their order', async () => {
  const { bus, sent } = busWith();
  const events = started(23);
  await bus.publish(events);
  expect(sent.map(({ Entries = [] }) => Entries.length)).toEqual([10, 10, 3]);
  expect(sent.flatMap(({ Entries = [] }) => Entries.map(({ Detail }) => Detail))).toEqual(
    events.map((event) => JSON.stringify(event)),
  );
});

test('nothing to publish: nothing is sent', async () => {
  const { bus, sent } = busWith();
  await bus.publish([]);
  expect(sent).toEqual([]);
});

const stackOf = ({ Detail = '' }: PutEventsRequestEntry): string => JSON.parse(Detail).stackId;
const stacksOf = (sent: PutEventsRequest[]) => sent.map(({ Entries = [] }) => Entries.map(stackOf));

/** Takes all but those for which there is a code. */
const taking =
  (codeOf: (stackId: string) => string | undefined) =>
  ({ Entries = [] }: PutEventsRequest) => ({
    Entries: Entries.map((entry) => {
      const ErrorCode = codeOf(stackOf(entry));
      return ErrorCode === undefined ? { EventId: '1' } : { ErrorCode };
    }),
  });

test('events that EventBridge did not take are sent again, and no others', async () => {
  let refusals = 3;
  const { bus, sent } = busWith(
    taking((stackId) =>
      ['stack-1', 'stack-3'].includes(stackId) && refusals-- > 0 ? 'ThrottlingException' : undefined,
    ),
  );
  await bus.publish(started(5));
  expect(stacksOf(sent)).toEqual([
    ['stack-0', 'stack-1', 'stack-2', 'stack-3', 'stack-4'],
    ['stack-1', 'stack-3'],
    ['stack-1'],
  ]);
});

test('events that EventBridge never takes are an error that names each code once', async () => {
  const codes = new Map([
    ['stack-1', 'ThrottlingException'],
    ['stack-2', 'InternalFailure'],
    ['stack-3', 'ThrottlingException'],
  ]);
  const { bus } = busWith(taking((stackId) => codes.get(stackId)));
  await expect(bus.publish(started(4))).rejects.toThrow(
    /3 of 4 events: ThrottlingException, InternalFailure$/,
  );
});

test('one that is never taken is enough, also in a later call', async () => {
  const { bus, sent } = busWith(
    taking((stackId) => (stackId === 'stack-10' ? 'InternalFailure' : undefined)),
  );
  await expect(bus.publish(started(11))).rejects.toThrow('1 of 1 events: InternalFailure');
  expect(stacksOf(sent).slice(1)).toEqual(Array.from({ length: 5 }, () => ['stack-10']));
});
