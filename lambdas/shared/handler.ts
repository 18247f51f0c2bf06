/** What every Lambda handler does around its one call. */
import type { Context, SQSBatchResponse } from 'aws-lambda';

/** What the wrapper needs of telemetry. */
interface InvocationTelemetry {
  /** Every log line names this invocation from now on. */
  begin(requestId: string): void;
  /** Writes the metrics gathered so far. */
  flush(): void;
}

/**
 * A Lambda handler that makes one call. It names the invocation in the log lines and writes the
 * metrics at the end, also those of a call that throws. The error goes to Lambda, which fails the
 * invocation.
 */
export const handlerOf =
  <Event, Result>(
    telemetry: InvocationTelemetry,
    call: (event: Event, context: Context) => Promise<Result>,
  ): ((event: Event, context: Context) => Promise<Result>) =>
  async (event, context) => {
    telemetry.begin(context.awsRequestId);
    try {
      return await call(event, context);
    } finally {
      telemetry.flush();
    }
  };

/** SQS delivers these messages again, and deletes the rest of the batch. */
export const partialBatchFailure = (messageIds: readonly string[]): SQSBatchResponse => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
});
