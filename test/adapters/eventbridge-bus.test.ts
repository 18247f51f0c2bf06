import { EventBridgeClient, type PutEventsRequest } from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { createEventBus } from '../../lambdas/adapters/eventbridge-bus.ts';
import type { StackRow } from '../../lambdas/domain/stack.ts';
import { statusChanges } from '../../lambdas/domain/status-changes.ts';
import { answerAll } from '../support/answer-all.ts';
import { endedResource, queued } from '../support/resource-rows.ts';
import { endedRow, inProgress, NOW } from '../support/rows.ts';

/** A real client that keeps what it is asked to send; `answer` takes the place of the network. */
function busWith(answer: (request: PutEventsRequest) => object = () => ({ FailedEntryCount: 0 })) {
  const sent: PutEventsRequest[] = [];
  const client = new EventBridgeClient({ region: 'eu-west-1' });
  answerAll(client, (operation, input) => {
    expect(operation).toBe('PutEvents');
    sent.push(input as PutEventsRequest);
    return answer(input as PutEventsRequest);
  });
  return { bus: createEventBus(client, 'StackTimeoutsBus'), sent };
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

test('events that EventBridge did not take are an error that names each code once', async () => {
  const { bus } = busWith(() => ({
    FailedEntryCount: 3,
    Entries: [
      { EventId: '1' },
      { ErrorCode: 'ThrottlingException' },
      { ErrorCode: 'InternalFailure' },
      { ErrorCode: 'ThrottlingException' },
    ],
  }));
  await expect(bus.publish(started(4))).rejects.toThrow(
    /3 of 4 events: ThrottlingException, InternalFailure$/,
  );
});

test('one that was not taken is enough, also in a later call', async () => {
  const { bus, sent } = busWith(({ Entries = [] }) =>
    Entries.length === 10
      ? { FailedEntryCount: 0 }
      : { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] },
  );
  await expect(bus.publish(started(11))).rejects.toThrow('InternalFailure');
  expect(sent).toHaveLength(2);
});
