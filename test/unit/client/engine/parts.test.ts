/** The parts of an engine that meet the harness as it is: SQS, the process, its clock. */
import { EventEmitter, getEventListeners } from 'node:events';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AttemptTime } from '../../../../client/engine/attempt-time.ts';
import { settingsOf } from '../../../../client/engine/settings.ts';
import {
  answeredWithin,
  systemSleep,
  unlessAborted,
  untilAnswered,
} from '../../../../client/engine/waiting.ts';
import {
  ShuttingDown,
  StackTimeoutsClient,
  sqsWorkQueue,
  stopOnSignals,
  type WorkQueue,
} from '../../../../client/index.ts';
import type { ResourceAction } from '../../../../contract/index.ts';
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

describe('stopOnSignals', () => {
  test.each(['SIGTERM', 'SIGINT'])('%s stops', (name) => {
    const emitter = new EventEmitter();
    const signal = stopOnSignals(emitter);
    expect(signal.aborted).toBe(false);
    emitter.emit(name);
    expect(signal.reason).toBeInstanceOf(ShuttingDown);
    expect(signal.reason.message).toContain(name);
  });

  test('a second SIGINT is left to the system, SIGTERM never', () => {
    const emitter = new EventEmitter();
    stopOnSignals(emitter);
    for (const name of ['SIGINT', 'SIGTERM']) emitter.emit(name);
    expect(emitter.listenerCount('SIGINT')).toBe(0);
    expect(emitter.listenerCount('SIGTERM')).toBe(1);
  });
});

describe('AttemptTime', () => {
  /** Claimed by the service at this second of its own clock, for 100 s with a heartbeat timeout of 30 s. */
  const claimedAt = (second: number, more: Partial<ResourceAction> = {}) =>
    ({
      attemptDeadline: at(second + 100),
      heartbeatDeadline: at(second + 30),
      ...more,
    }) as ResourceAction;
  const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 12) + second * 1000).toISOString();

  test('a third of the heartbeat timeout, whatever the service’s clock shows', () => {
    for (const second of [0, 5000, -5000]) {
      expect(new AttemptTime(claimedAt(second), 100, 7, 9).heartbeatEvery).toBe(10_000);
    }
  });

  test('what is rounded away makes heartbeats come sooner, never later', () => {
    expect(new AttemptTime(claimedAt(0), 99, 0, 0).heartbeatEvery).toBeCloseTo(29_000 / 3);
  });

  test('a claim that the operation cuts short is corrected by the first heartbeat', () => {
    const time = new AttemptTime(claimedAt(0), 20, 0, 0);
    expect(time.heartbeatEvery).toBe(200);
    time.heard(99, 200);
    expect(time.heartbeatEvery).toBeCloseTo(29_200 / 3);
    expect(time.endsAt).toBe(99_200);
  });

  test('the end of all attempts counts too', () => {
    const time = new AttemptTime(claimedAt(0, { finalDeadline: at(40) }), 40, 0, 0);
    expect(time.heartbeatEvery).toBe(10_000);
    expect(time.endsAt).toBe(40_000);
  });

  test('what was learnt later and is less counts for nothing', () => {
    const time = new AttemptTime(claimedAt(0), 100, 0, 0);
    time.heard(80, 10_000);
    expect(time.endsAt).toBe(100_000);
    expect(time.heartbeatEvery).toBe(10_000);
  });

  test('at most a minute apart, so that the end of the operation is noticed', () => {
    const time = new AttemptTime(
      claimedAt(0, { attemptDeadline: at(9000), heartbeatDeadline: at(3600) }),
      9000,
      0,
      0,
    );
    expect(time.heartbeatEvery).toBe(60_000);
  });

  test('none without a heartbeat timeout', () => {
    const { heartbeatDeadline: _, ...resource } = claimedAt(0);
    const time = new AttemptTime(resource as ResourceAction, 100, 0, 0);
    expect(time.heartbeatEvery).toBeUndefined();
    expect(time.endsAt).toBe(100_000);
  });
});

test('a sleep ends with its signal, and never rejects', async () => {
  const controller = new AbortController();
  const sleeping = systemSleep(3_600_000, controller.signal);
  controller.abort();
  await sleeping;
  await systemSleep(3_600_000, AbortSignal.abort());
  await systemSleep(0);
});

test('what was waited for leaves nothing at a signal that lives longer', async () => {
  const { signal } = new AbortController();
  const fails = () => Promise.reject(new Error('no'));
  for (let n = 0; n < 20; n++) {
    await unlessAborted(Promise.resolve(), signal);
    await unlessAborted(fails(), signal).catch(() => undefined);
    await systemSleep(0, signal);
    await answeredWithin(3_600_000, async () => 'yes', signal, systemSleep);
    const persistence = { sleep: systemSleep, random: () => 0, onFault: () => undefined };
    await untilAnswered(async () => 'yes', signal, persistence);
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

describe('a call that is answered within a time', () => {
  const never = new AbortController().signal;

  test('fails as it fails', async () => {
    const fails = () => Promise.reject(new Error('refused'));
    await expect(answeredWithin(3_600_000, fails, never, systemSleep)).rejects.toThrow('refused');
  });

  test.each([
    ['the time is over', async () => undefined, never],
    ['nobody waits for it any more', systemSleep, AbortSignal.abort()],
  ])('is told when %s', async (_, sleep, stop) => {
    let told: AbortSignal | undefined;
    const hangs = (signal: AbortSignal) => {
      told = signal;
      return new Promise(() => undefined);
    };
    await expect(answeredWithin(3_600_000, hangs, stop, sleep)).rejects.toThrow(
      'no answer within 3600000 ms',
    );
    expect(told?.aborted).toBe(true);
  });
});

test('an engine does ten at once, and goes by a clock that nobody sets', () => {
  // Before the engine takes its clock.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { concurrency, now } = settingsOf({
    client: new StackTimeoutsClient({ functionName: 'command' }),
    queue: sqsWorkQueue(new SQSClient({ region: 'eu-west-1' }), 'url'),
    handlers: {},
  });
  expect(concurrency).toBe(10);
  const before = now();
  vi.setSystemTime(Date.now() + 86_400_000);
  expect(now() - before).toBeLessThan(60_000);
});
