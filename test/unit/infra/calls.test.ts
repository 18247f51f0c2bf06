import {
  BatchGetItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { type Call, callsOf } from './calls.ts';

interface Wire {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

class Sent extends Error {
  readonly request: Wire;
  constructor(request: Wire) {
    super('sent');
    this.request = request;
  }
}

/** For a client that signs its requests as in earnest, and sends none. */
const config = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  maxAttempts: 1,
  requestHandler: { handle: (request: Wire) => Promise.reject(new Sent(request)) },
};

/** What IAM is asked when a client sends its request. */
async function asked(send: Promise<unknown>): Promise<Call[]> {
  const error: unknown = await send.catch((thrown) => thrown);
  if (!(error instanceof Sent)) throw error;
  const { method, path, query, headers, body } = error.request;
  const search = new URLSearchParams(query).toString();
  return callsOf(
    {
      method,
      path: search ? `${path}?${search}` : path,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body: typeof body === 'string' ? body : new TextDecoder().decode(body),
    },
    '111122223333',
  );
}

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/T';

describe('DynamoDB', () => {
  const dynamodb = new DynamoDBClient(config);
  const Key = { pk: { S: 'x' } };

  test('a call on the table, or on its index', async () => {
    const Query = { TableName: 'T', KeyConditionExpression: 'pk = :pk' };
    expect(await asked(dynamodb.send(new PutItemCommand({ TableName: 'T', Item: Key })))).toEqual([
      { action: 'dynamodb:PutItem', resource: TABLE },
    ]);
    expect(await asked(dynamodb.send(new QueryCommand(Query)))).toEqual([
      { action: 'dynamodb:Query', resource: TABLE },
    ]);
    expect(await asked(dynamodb.send(new QueryCommand({ ...Query, IndexName: 'timers' })))).toEqual([
      { action: 'dynamodb:Query', resource: `${TABLE}/index/timers` },
    ]);
    expect(
      await asked(dynamodb.send(new BatchGetItemCommand({ RequestItems: { T: { Keys: [Key] } } }))),
    ).toEqual([{ action: 'dynamodb:BatchGetItem', resource: TABLE }]);
  });

  test('a transaction is each of its parts', async () => {
    const TransactItems = [
      { Put: { TableName: 'T', Item: Key } },
      { ConditionCheck: { TableName: 'T', Key, ConditionExpression: 'attribute_exists(pk)' } },
    ];
    expect(await asked(dynamodb.send(new TransactWriteItemsCommand({ TransactItems })))).toEqual([
      { action: 'dynamodb:PutItem', resource: TABLE },
      { action: 'dynamodb:ConditionCheckItem', resource: TABLE },
    ]);
  });

  test('an operation that is not known is not overlooked', async () => {
    await expect(asked(dynamodb.send(new ScanCommand({ TableName: 'T' })))).rejects.toThrow(
      'not known as a call: POST / DynamoDB_20120810.Scan',
    );
  });
});

test('SQS: a batch is the permission for one', async () => {
  const send = new SendMessageBatchCommand({
    QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/Q',
    Entries: [{ Id: '0', MessageBody: 'x' }],
  });
  expect(await asked(new SQSClient({ ...config, md5: false }).send(send))).toEqual([
    { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:eu-west-1:111122223333:Q' },
  ]);
});

test('EventBridge: each bus once', async () => {
  const Entries = ['B', 'B', 'C'].map((EventBusName) => ({ EventBusName, Source: 's', Detail: '{}' }));
  expect(await asked(new EventBridgeClient(config).send(new PutEventsCommand({ Entries })))).toEqual([
    { action: 'events:PutEvents', resource: 'arn:aws:events:eu-west-1:111122223333:event-bus/B' },
    { action: 'events:PutEvents', resource: 'arn:aws:events:eu-west-1:111122223333:event-bus/C' },
  ]);
});

test('EventBridge Scheduler: whoever makes a schedule passes its role', async () => {
  const scheduler = new SchedulerClient(config);
  const resource = 'arn:aws:scheduler:eu-west-1:111122223333:schedule/G/n';
  const create = new CreateScheduleCommand({
    Name: 'n',
    GroupName: 'G',
    ScheduleExpression: 'at(2027-01-31T12:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:Q', RoleArn: 'arn:aws:iam::111122223333:role/R' },
  });
  expect(await asked(scheduler.send(create))).toEqual([
    { action: 'scheduler:CreateSchedule', resource },
    {
      action: 'iam:PassRole',
      resource: 'arn:aws:iam::111122223333:role/R',
      context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    },
  ]);
  expect(await asked(scheduler.send(new DeleteScheduleCommand({ Name: 'n', GroupName: 'G' })))).toEqual([
    { action: 'scheduler:DeleteSchedule', resource },
  ]);
});

test('Lambda: the function that is invoked', async () => {
  expect(await asked(new LambdaClient(config).send(new InvokeCommand({ FunctionName: 'F' })))).toEqual([
    {
      action: 'lambda:InvokeFunction',
      resource: 'arn:aws:lambda:eu-west-1:111122223333:function:F',
    },
  ]);
});
