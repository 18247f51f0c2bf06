import { expect, test } from 'vitest';
import { awsDeadLetters } from '../../lambdas/client/cli/redrive-aws.ts';

/** The queues of a deployment whose output `NameUrl` is `url of NameUrl`, and which of them was called how. */
async function setUp() {
  const calls: string[] = [];
  // In place of the network.
  const requestHandler = {
    async handle({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) {
      calls.push(
        `${headers['x-amz-target']?.split('.').at(-1)} ${JSON.parse(new TextDecoder().decode(body)).QueueUrl}`,
      );
      return { response: { statusCode: 200, headers: {}, body: new TextEncoder().encode('{}') } };
    },
  };
  const aws = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    useQueueUrlAsEndpoint: false,
    requestHandler,
  };
  const output = async (name: string) => `url of ${name}`;
  const letters = await awsDeadLetters({ aws, output, commandFunctionName: () => output('none') });
  return { letters, calls };
}

test.each([
  ['work', 'sendWork', 'WorkQueueUrl'],
  ['wake-ups', 'sendWakeUps', 'TimerQueueUrl'],
] as const)('%s goes to where it belongs', async (_, send, queue) => {
  const { letters, calls } = await setUp();
  await letters[send]([{ id: 'letter-1', body: '{}' }]);
  expect(calls).toEqual([`SendMessageBatch url of ${queue}`]);
});

test.each([
  ['timers', 'TimerDeadLetterQueueUrl'],
  ['schedules', 'ScheduleDeadLetterQueueUrl'],
  ['work', 'WorkDeadLetterQueueUrl'],
  ['workRule', 'WorkRuleDeadLetterQueueUrl'],
] as const)('the dead letters of %s come from their own queue', async (name, queue) => {
  const { letters, calls } = await setUp();
  expect(await letters[name].receive(1)).toEqual([]);
  expect(calls).toEqual([`ReceiveMessage url of ${queue}`]);
});
