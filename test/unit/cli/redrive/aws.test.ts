import { expect, onTestFinished, test, vi } from 'vitest';
import type { AwsSettings } from '../../../../cli/locate.ts';
import { awsDeadLetters } from '../../../../cli/redrive/aws.ts';

interface Call {
  readonly operation: string;
  readonly hostname: string;
  // biome-ignore lint/suspicious/noExplicitAny: the request of any operation
  readonly input: any;
}
interface Answer {
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/**
 * The parts of a deployment whose output `NameUrl` is `url of NameUrl`, and which of them was
 * called how.
 */
async function setUp(answer: Answer = {}, settings: AwsSettings = {}) {
  const calls: Call[] = [];
  // In place of the network.
  const requestHandler = {
    async handle({ method, hostname, path, headers, body }: Request) {
      const operation = headers['x-amz-target']?.split('.').at(-1) ?? `${method} ${path}`;
      const isJson = headers['content-type']?.includes('amz-json');
      const input = isJson ? JSON.parse(new TextDecoder().decode(body)) : { headers, body };
      calls.push({ operation, hostname, input });
      const response = new TextEncoder().encode(answer.body ?? '{}');
      return { response: { statusCode: 200, headers: answer.headers ?? {}, body: response } };
    },
  };
  const aws = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    useQueueUrlAsEndpoint: false,
    requestHandler,
    ...settings,
  };
  const output = async (name: string) => (name === 'StreamFailureBucketName' ? 'failures' : `url of ${name}`);
  const deadLetters = await awsDeadLetters({ aws, output, commandFunctionName: () => output('none') });
  return { deadLetters, calls };
}

interface Request {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** As SQS answers: these entries of the batch failed. */
const failing = (...ids: string[]): Answer => ({
  body: JSON.stringify({ Failed: ids.map((Id) => ({ Id, Code: 'InternalError', SenderFault: false })) }),
});
const MESSAGES = ['a', 'b', 'c'].map((id) => ({ id, body: '{}', receiptHandle: `handle of ${id}` }));

test.each([
  ['work', 'sendWork', 'WorkQueueUrl'],
  ['wake-ups', 'sendWakeUps', 'TimerQueueUrl'],
] as const)('%s goes to where it belongs', async (_, send, queue) => {
  const { deadLetters, calls } = await setUp();
  await deadLetters[send]([{ id: 'message-1', body: '{}' }]);
  expect(calls).toMatchObject([
    {
      operation: 'SendMessageBatch',
      input: { QueueUrl: `url of ${queue}`, Entries: [{ Id: '0', MessageBody: '{}', DelaySeconds: 0 }] },
    },
  ]);
});

test.each([
  ['timers', 'TimerDeadLetterQueueUrl'],
  ['schedules', 'ScheduleDeadLetterQueueUrl'],
  ['work', 'WorkDeadLetterQueueUrl'],
  ['workRule', 'WorkRuleDeadLetterQueueUrl'],
] as const)('the dead deadLetters of %s come from their own queue', async (name, queue) => {
  const { deadLetters, calls } = await setUp();
  expect(await deadLetters[name].receive(1)).toEqual([]);
  // Long polling, or SQS may say that there is none; hidden for as long as a redrive takes.
  expect(calls.map(({ operation, input }) => ({ operation, input }))).toEqual([
    {
      operation: 'ReceiveMessage',
      input: {
        QueueUrl: `url of ${queue}`,
        MaxNumberOfMessages: 1,
        VisibilityTimeout: 300,
        WaitTimeSeconds: 1,
      },
    },
  ]);
});

test('dead letters that were not sent are told by their names', async () => {
  const { deadLetters } = await setUp(failing('1'));
  expect(await deadLetters.sendWork(MESSAGES)).toEqual(new Set(['b']));
});

test('dead letters that were not deleted are given back', async () => {
  const { deadLetters, calls } = await setUp(failing('2'));
  expect(await deadLetters.work.delete(MESSAGES)).toEqual([MESSAGES[2]]);
  expect(calls[0]?.input.Entries[1]).toEqual({ Id: '1', ReceiptHandle: 'handle of b' });
});

test('dead letters that are released are to be seen at once', async () => {
  const { deadLetters, calls } = await setUp();
  await deadLetters.work.release(MESSAGES.slice(0, 1));
  expect(calls).toMatchObject([
    {
      operation: 'ChangeMessageVisibilityBatch',
      input: { Entries: [{ ReceiptHandle: 'handle of a', VisibilityTimeout: 0 }] },
    },
  ]);
});

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:effects';

test('a record is given to its function, and the answer waited for', async () => {
  const { deadLetters, calls } = await setUp({ body: 'null' });
  await deadLetters.streamFunctions.invoke(FUNCTION, '{"Records":[]}');
  expect(calls[0]?.operation).toBe(`POST /2015-03-31/functions/${encodeURIComponent(FUNCTION)}/invocations`);
  // Without a type, or with this one, Lambda answers when the function has.
  expect(['RequestResponse', undefined]).toContain(calls[0]?.input.headers['x-amz-invocation-type']);
});

test.each<[string, Answer]>([
  ['failed again', { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"why"}' }],
  ['did a part of it', { body: '{"batchItemFailures":[{"itemIdentifier":"1"}]}' }],
])('if the function %s, the record is not done with', async (_, answer) => {
  const { deadLetters } = await setUp(answer);
  await expect(deadLetters.streamFunctions.invoke(FUNCTION, '{}')).rejects.toThrow(/why|1 records failed/);
});

test('records come oldest first', async () => {
  const object = (key: string, at: string) =>
    `<Contents><Key>${key}</Key><LastModified>${at}</LastModified></Contents>`;
  const { deadLetters } = await setUp({
    headers: { 'content-type': 'application/xml' },
    body: `<ListBucketResult>${object('a', '2026-01-02T00:00:00Z')}${object('b', '2026-01-01T00:00:00Z')}</ListBucketResult>`,
  });
  expect(await deadLetters.stream.list()).toEqual(['b', 'a']);
});

const LOCALHOST = 'http://localhost:4566';

test.each<[string, AwsSettings, Record<string, string>, string]>([
  ['has a host name on AWS', {}, {}, 'failures.s3.eu-west-1.amazonaws.com'],
  ['is in the path at an endpoint of the local cloud', { endpoint: LOCALHOST }, {}, 'localhost'],
  ['is in the path at an endpoint of all', {}, { AWS_ENDPOINT_URL: LOCALHOST }, 'localhost'],
  ['is in the path at an endpoint of S3', {}, { AWS_ENDPOINT_URL_S3: LOCALHOST }, 'localhost'],
])('the bucket %s', async (_, settings, env, hostname) => {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3']) vi.stubEnv(name, env[name]);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { deadLetters, calls } = await setUp({ body: '<ListBucketResult/>' }, settings);
  await deadLetters.stream.list();
  expect(calls[0]?.hostname).toBe(hostname);
});
