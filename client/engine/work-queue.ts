import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface WorkMessage {
  readonly id: string;
  readonly body: string;
  /** Identifies this delivery: the SQS receipt handle. */
  readonly receipt: string;
  /**
   * How often the queue has delivered it, this time included.
   * @default 1
   */
  readonly deliveries?: number;
}

/** A queue that delivers a message again if it is received and not deleted. */
export interface WorkQueue {
  /**
   * Long polling: resolves with 1 to `max` messages, or with none when its time is over or `signal`
   * fires. `max` is from 1 to 10.
   */
  receive(max: number, signal: AbortSignal): Promise<WorkMessage[]>;
  delete(message: WorkMessage): Promise<void>;
  /** Makes a received message visible to other engines, at once or after so many seconds. */
  putBack?(message: WorkMessage, afterSeconds?: number): Promise<void>;
}

const POLL_SECONDS = 20;
const POLL_TIMEOUT_MS = (POLL_SECONDS + 10) * 1000;
const CALL_TIMEOUT_MS = 10_000;

/**
 * The work queue of a deployment (output `WorkQueueUrl`). It makes only the calls that the managed
 * policy for engines allows: sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility.
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
