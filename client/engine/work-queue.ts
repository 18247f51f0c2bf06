import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface WorkMessage {
  readonly id: string;
  readonly body: string;
  /** What the queue knows this delivery by. */
  readonly receipt: string;
  /**
   * How often it was delivered, this time included.
   * @default 1
   */
  readonly deliveries?: number;
}

/** Where work is offered. A message that is received and not deleted is delivered again. */
export interface WorkQueue {
  /**
   * Waits a while for messages: at least one, or none when that time is over or `signal` fires. Never more than `max`
   * (1 to 10).
   */
  receive(max: number, signal: AbortSignal): Promise<WorkMessage[]>;
  delete(message: WorkMessage): Promise<void>;
  /** Lets others have a message that was received, at once or after so many seconds. */
  putBack?(message: WorkMessage, afterSeconds?: number): Promise<void>;
}

const POLL_SECONDS = 20;
/** A poll that has not ended by then hangs. */
const POLL_TIMEOUT_MS = (POLL_SECONDS + 10) * 1000;
/** So does any other call. */
const CALL_TIMEOUT_MS = 10_000;

/**
 * The work queue of a deployment (output `WorkQueueUrl`). It makes no other calls than the engines' policy allows:
 * sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility.
 */
export function sqsWorkQueue(sqs: SQSClient, queueUrl: string): WorkQueue {
  return {
    async receive(max, signal) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: max,
          WaitTimeSeconds: POLL_SECONDS,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(POLL_TIMEOUT_MS)]) },
      );
      return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes }) => ({
        id: MessageId,
        body: Body,
        receipt: ReceiptHandle,
        deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1),
      }));
    },
    async delete({ receipt }) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }), {
        abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
    },
    async putBack({ receipt }, afterSeconds = 0) {
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receipt,
          VisibilityTimeout: afterSeconds,
        }),
        { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) },
      );
    },
  };
}
