import { type SendMessageBatchRequest, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { createTimerQueue } from '../../../../../lambdas/adapters/sqs/timer-queue.ts';
import { firstWakeUp, timerOf } from '../../../../../lambdas/domain/timer.ts';
import { answerAll } from '../../../../support/answer-all.ts';
import { inProgress } from '../../../../support/rows.ts';

const QUEUE_URL = 'https://sqs.example/timer-queue';

/** A real client that keeps what it is asked to send; `answer` takes the place of the network. */
function queueWith(answer: (request: SendMessageBatchRequest) => object = () => ({})) {
  const sent: SendMessageBatchRequest[] = [];
  const client = new SQSClient({ region: 'eu-west-1' });
  answerAll(client, (operation, input) => {
    expect(operation).toBe('SendMessageBatch');
    sent.push(input as SendMessageBatchRequest);
    return answer(input as SendMessageBatchRequest);
  });
  return { queue: createTimerQueue(client, QUEUE_URL, async () => undefined), sent };
}

/** Each with a delay of its own, so that a mix-up shows. */
const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    wakeUp: firstWakeUp(timerOf(inProgress({ stackId: `stack-${n}` }))),
    delaySeconds: 10 + n,
  }));

test('an entry holds the wake-up, its delay, and an id of its own', async () => {
  const { queue, sent } = queueWith();
  expect(await queue.send(messages(2))).toEqual([]);
  const body = (stackId: string) =>
    `{"v":1,"stackId":"${stackId}","operationId":"op-1","generation":1,"dueAt":"2026-01-31T12:01:00.000Z","hops":0}`;
  expect(sent).toEqual([
    {
      QueueUrl: QUEUE_URL,
      Entries: [
        { Id: '0', MessageBody: body('stack-0'), DelaySeconds: 10 },
        { Id: '1', MessageBody: body('stack-1'), DelaySeconds: 11 },
      ],
    },
  ]);
});

test('SQS is given at most ten at once, all of them once, with ids unique within each call', async () => {
  const { queue, sent } = queueWith();
  const all = messages(23);
  await queue.send(all);
  expect(sent.map(({ Entries = [] }) => Entries.length)).toEqual([10, 10, 3]);
  expect(sent.flatMap(({ Entries = [] }) => Entries.map(({ MessageBody }) => MessageBody))).toEqual(
    all.map(({ wakeUp }) => JSON.stringify(wakeUp)),
  );
  for (const { Entries = [] } of sent) {
    expect(new Set(Entries.map(({ Id }) => Id)).size).toBe(Entries.length);
  }
});

test('exactly ten fill one call, and nothing is not sent at all', async () => {
  const { queue, sent } = queueWith();
  await queue.send(messages(10));
  expect(sent).toHaveLength(1);
  // SQS refuses a call without entries.
  expect(await queue.send([])).toEqual([]);
  expect(sent).toHaveLength(1);
});

test('what SQS did not take is given back: those very messages, of every call', async () => {
  const all = messages(13);
  // By their bodies, since the same ids come back from both calls.
  const refused = new Set([all[3], all[11], all[12]].map((message) => JSON.stringify(message?.wakeUp)));
  const { queue } = queueWith(({ Entries = [] }) => ({
    Successful: Entries.filter(({ MessageBody = '' }) => !refused.has(MessageBody)),
    Failed: Entries.filter(({ MessageBody = '' }) => refused.has(MessageBody)).map(({ Id }) => ({
      Id,
      Code: 'InternalError',
      SenderFault: false,
    })),
  }));
  const untaken = await queue.send(all);
  expect(untaken).toHaveLength(3);
  // The same objects: the caller tells by identity which of its messages they are.
  expect(untaken[0]).toBe(all[3]);
  expect(untaken[1]).toBe(all[11]);
  expect(untaken[2]).toBe(all[12]);
});

test('a call that fails is thrown', async () => {
  const { queue } = queueWith(() => {
    throw new Error('no answer');
  });
  await expect(queue.send(messages(1))).rejects.toThrow('no answer');
});
