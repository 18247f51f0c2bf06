import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { answerAll } from './answer-all.ts';

export interface Sent {
  readonly operation: string;
  readonly input: unknown;
}

/** A real client that keeps what it is asked to send; `answer` takes the place of the network. */
export function recordingDynamoDB(answer: (sent: Sent, call: number) => object = () => ({})) {
  const sent: Sent[] = [];
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  answerAll(client, (operation, input) => {
    // As it was then: a paginator uses one object for all its pages.
    const one = { operation, input: structuredClone(input) };
    sent.push(one);
    return answer(one, sent.length);
  });
  return { client, sent };
}
