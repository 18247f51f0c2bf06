import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DelayedWakeUp, TimerQueue } from '../../ports/messaging.ts';
import { batchesOf } from '../batches.ts';
import { type Pause, randomPause } from '../pause.ts';
import { untilTaken } from '../until-taken.ts';

/** SQS takes at most this many messages in one call. */
const BATCH_SIZE = 10;

export function createTimerQueue(sqs: SQSClient, queueUrl: string, pause: Pause = randomPause): TimerQueue {
  /** SQS answers 200 even if it took only some: what it did not take is in `Failed`. */
  async function sendBatch(batch: readonly DelayedWakeUp[]): Promise<DelayedWakeUp[]> {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map(({ wakeUp, delaySeconds }, id) => ({
          Id: String(id),
          MessageBody: JSON.stringify(wakeUp),
          DelaySeconds: delaySeconds,
        })),
      }),
    );
    return Failed.flatMap(({ Id }) => batch[Number(Id)] ?? []);
  }

  return {
    async send(messages) {
      const sent = batchesOf(messages, BATCH_SIZE).map((batch) => untilTaken(batch, sendBatch, pause));
      return (await Promise.all(sent)).flat();
    },
  };
}
