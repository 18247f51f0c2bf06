/** Dead-letter queues on SQS. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { batches, failedEntries } from './batches.ts';
import type { DeadLetter, DeadLetterQueue, Send } from './redrive.ts';

interface ReceivedDeadLetter extends DeadLetter {
  readonly receiptHandle: string;
}

/**
 * Longer than a redrive of a full queue should take. A killed redrive leaves messages hidden for as
 * long.
 */
const HIDDEN_SECONDS = 300;
/** Long polling: SQS asks all its servers, so an empty answer means an empty queue. */
const POLL_SECONDS = 1;

export class SqsDeadLetterQueue implements DeadLetterQueue<ReceivedDeadLetter> {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  async count(): Promise<number> {
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  async receive(limit: number): Promise<ReceivedDeadLetter[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: limit,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: POLL_SECONDS,
      }),
    );
    return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '' }) => ({
      id: MessageId,
      body: Body,
      receiptHandle: ReceiptHandle,
    }));
  }

  async delete(messages: readonly ReceivedDeadLetter[]): Promise<ReceivedDeadLetter[]> {
    const undeleted: ReceivedDeadLetter[] = [];
    for (const batch of batches(messages)) {
      const Entries = batch.map(({ receiptHandle }, n) => ({ Id: String(n), ReceiptHandle: receiptHandle }));
      const { Failed = [] } = await this.#sqs.send(
        new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }),
      );
      undeleted.push(...failedEntries(batch, Failed));
    }
    return undeleted;
  }

  async release(messages: readonly ReceivedDeadLetter[]): Promise<void> {
    for (const batch of batches(messages)) {
      const Entries = batch.map(({ receiptHandle }, n) => ({
        Id: String(n),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      }));
      // A message that is not released becomes visible by itself after HIDDEN_SECONDS.
      await this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }));
    }
  }
}

export function sendTo(sqs: SQSClient, url: string): Send {
  return async (messages) => {
    const rejected = new Set<string>();
    for (const batch of batches(messages)) {
      const Entries = batch.map(({ body }, n) => ({ Id: String(n), MessageBody: body, DelaySeconds: 0 }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      for (const { id } of failedEntries(batch, Failed)) rejected.add(id);
    }
    return rejected;
  };
}
