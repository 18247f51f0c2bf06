import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { sqsWorkQueue, type WorkQueue } from '../../../../client/index.ts';
import { answerAll } from '../../../support/answer-all.ts';
import { hanging, heldTimeouts } from '../hanging.ts';

describe('sqsWorkQueue', () => {
  const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/1/work-queue';
  const never = new AbortController().signal;

  function queueWith(answer: object = {}) {
    const calls: [string, unknown][] = [];
    const client = new SQSClient({ region: 'eu-west-1' });
    answerAll(client, (operation, input) => {
      calls.push([operation, input]);
      return answer;
    });
    return { queue: sqsWorkQueue(client, QueueUrl), calls };
  }
  const message = { id: 'm', body: '{}', receipt: 'r' };

  test('polls for as long as SQS waits', async () => {
    const { queue, calls } = queueWith({
      Messages: [
        {
          MessageId: 'm',
          Body: '{}',
          ReceiptHandle: 'r',
          Attributes: { ApproximateReceiveCount: '3' },
        },
      ],
    });
    expect(await queue.receive(7, never)).toEqual([{ ...message, deliveries: 3 }]);
    const asked = { QueueUrl, MaxNumberOfMessages: 7, WaitTimeSeconds: 20 };
    const MessageSystemAttributeNames = ['ApproximateReceiveCount'];
    expect(calls).toEqual([['ReceiveMessage', { ...asked, MessageSystemAttributeNames }]]);
  });

  test('no messages are none', async () => {
    expect(await queueWith().queue.receive(1, never)).toEqual([]);
  });

  test('deletes a message, and puts one back', async () => {
    const { queue, calls } = queueWith();
    await queue.delete(message);
    await queue.putBack?.(message);
    await queue.putBack?.(message, 5);
    expect(calls).toEqual([
      ['DeleteMessage', { QueueUrl, ReceiptHandle: 'r' }],
      ['ChangeMessageVisibility', { QueueUrl, ReceiptHandle: 'r', VisibilityTimeout: 0 }],
      ['ChangeMessageVisibility', { QueueUrl, ReceiptHandle: 'r', VisibilityTimeout: 5 }],
    ]);
  });

  test('a poll ends when it is told to', async () => {
    const stop = new AbortController();
    const poll = hangingQueue(() => stop.abort()).receive(1, stop.signal);
    await expect(poll).rejects.toThrow(/aborted/i);
  });

  test.each([
    ['a poll', 30_000, (queue: WorkQueue) => queue.receive(1, never)],
    ['deleting', 10_000, (queue: WorkQueue) => queue.delete(message)],
    ['putting back', 10_000, (queue: WorkQueue) => queue.putBack?.(message)],
  ])('%s that hangs ends after %i ms', async (_, limit, call) => {
    const timeouts = heldTimeouts();
    const queue = hangingQueue(() => timeouts.fire(limit));
    await expect(call(queue)).rejects.toThrow(/aborted/i);
  });

  /** In place of the network: hangs until it is told. */
  function hangingQueue(onCall: () => void): WorkQueue {
    const client = new SQSClient({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      requestHandler: hanging(onCall) as never,
    });
    return sqsWorkQueue(client, QueueUrl);
  }
});
