import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** Lets `answer` take the place of the network: a real client, whose requests reach no service. */
export function answerAll(
  client: DynamoDBClient | EventBridgeClient | LambdaClient | SchedulerClient | SQSClient,
  answer: (operation: string, input: unknown) => object,
): void {
  (client as DynamoDBClient).middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const operation = String(commandName).replace(/Command$/, '');
        return { output: { $metadata: {}, ...answer(operation, input) } as never, response: undefined };
      },
    { step: 'initialize', name: 'answerAll' },
  );
}
