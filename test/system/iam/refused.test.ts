/**
 * What each role and each user is refused, and beside it a call that is allowed: the credentials
 * are good, and the policy decides.
 */
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, inject, test } from 'vitest';
import { TIMER_INDEX } from '../../../contract/deployment.ts';
import { stackKey } from '../../../lambdas/adapters/dynamodb/keys.ts';
import { sdkConfig } from '../../../local/environment.ts';
import { deployment, drain, output } from '../e2e/support/aws.ts';
import type { Credentials, Principals } from '../engines/iam/principals.ts';

const { roles, users } = inject('principals') as Principals;

type Call = (credentials: Credentials) => Promise<unknown>;
const config = (credentials: Credentials) => ({ ...sdkConfig(deployment.outputs), credentials });

const table = { TableName: output('TableName') };
const getItem: Call = (as) =>
  new DynamoDBClient(config(as)).send(new GetItemCommand({ ...table, Key: stackKey('nobody') }));
const deleteItem: Call = (as) =>
  new DynamoDBClient(config(as)).send(new DeleteItemCommand({ ...table, Key: stackKey('nobody') }));
const scan: Call = (as) => new DynamoDBClient(config(as)).send(new ScanCommand(table));
const query: Call = (as) =>
  new DynamoDBClient(config(as)).send(
    new QueryCommand({
      ...table,
      IndexName: TIMER_INDEX.name,
      KeyConditionExpression: `${TIMER_INDEX.shard} = :shard`,
      ExpressionAttributeValues: { ':shard': { S: 'nobody' } },
    }),
  );
const send =
  (queue: string): Call =>
  (as) =>
    new SQSClient(config(as)).send(new SendMessageCommand({ QueueUrl: output(queue), MessageBody: '{}' }));
const receive =
  (queue: string): Call =>
  (as) =>
    new SQSClient(config(as)).send(new ReceiveMessageCommand({ QueueUrl: output(queue) }));
const putEvents =
  (EventBusName: string): Call =>
  (as) =>
    new EventBridgeClient(config(as)).send(
      new PutEventsCommand({ Entries: [{ EventBusName, Source: 'test', DetailType: 'test', Detail: '{}' }] }),
    );
const invoke =
  (name: string): Call =>
  (as) =>
    new LambdaClient(config(as)).send(
      new InvokeCommand({ FunctionName: output(name), Payload: JSON.stringify({ command: 'ListStacks' }) }),
    );
const listSchedules: Call = (as) => new SchedulerClient(config(as)).send(new ListSchedulesCommand({}));
/** That there is no such schedule is found out by who may delete it. */
const deleteSchedule: Call = (as) =>
  new SchedulerClient(config(as))
    .send(new DeleteScheduleCommand({ GroupName: output('ScheduleGroupName'), Name: 'nobody' }))
    .catch((error) => {
      if (error.name !== 'ResourceNotFoundException') throw error;
    });

/** To a queue that nobody reads in these tests. */
const sendToDeadLetters = send('ScheduleDeadLetterQueueUrl');

interface Case {
  readonly credentials: Credentials;
  readonly allowed: Call;
  readonly refused: Readonly<Record<string, Call>>;
}

const CASES: Readonly<Record<string, Case>> = {
  'the role of command': {
    credentials: roles.Command,
    allowed: getItem,
    refused: {
      Scan: scan,
      DeleteItem: deleteItem,
      'SendMessage to the timer queue': send('TimerQueueUrl'),
    },
  },
  'the role of arm': {
    credentials: roles.Arm,
    allowed: deleteSchedule,
    refused: {
      GetItem: getItem,
      Scan: scan,
      ListSchedules: listSchedules,
      'SendMessage to the work queue': send('WorkQueueUrl'),
    },
  },
  'the role of effects': {
    credentials: roles.Effects,
    allowed: getItem,
    refused: {
      Scan: scan,
      'Query of the index': query,
      'PutEvents on another bus': putEvents('default'),
      'SendMessage to the work queue': send('WorkQueueUrl'),
    },
  },
  'the role of wake': {
    credentials: roles.Wake,
    allowed: getItem,
    refused: {
      DeleteItem: deleteItem,
      'Invoke of sweep': invoke('SweepFunctionName'),
      'ReceiveMessage of the work queue': receive('WorkQueueUrl'),
    },
  },
  'the role of sweep': {
    credentials: roles.Sweep,
    allowed: query,
    refused: { DeleteItem: deleteItem, 'SendMessage to the timer queue': send('TimerQueueUrl') },
  },
  'the role of the schedules': {
    credentials: roles.Schedules,
    allowed: async (as) => {
      await sendToDeadLetters(as);
      await drain(output('ScheduleDeadLetterQueueUrl'));
    },
    refused: {
      'ReceiveMessage of the timer queue': receive('TimerQueueUrl'),
      'SendMessage to the work queue': send('WorkQueueUrl'),
    },
  },
  'a worker': {
    credentials: users.worker,
    allowed: invoke('WorkerFunctionName'),
    refused: {
      'Invoke of the command function': invoke('CommandFunctionName'),
      'Invoke as an operator': invoke('OperatorFunctionName'),
      Scan: scan,
      'SendMessage to the work queue': send('WorkQueueUrl'),
      'ReceiveMessage of the timer queue': receive('TimerQueueUrl'),
      PutEvents: putEvents(output('EventBusName')),
    },
  },
  'an operator': {
    credentials: users.operator,
    allowed: invoke('OperatorFunctionName'),
    refused: {
      'Invoke of arm': invoke('ArmFunctionName'),
      'ReceiveMessage of the work queue': receive('WorkQueueUrl'),
      GetItem: getItem,
    },
  },
};

/** Each service has its own name for it. */
const REFUSAL = { name: expect.stringMatching(/^AccessDenied(Exception)?$/) };

describe.each(Object.entries(CASES))('%s', (_, { credentials, allowed, refused }) => {
  test('is allowed what it needs', async () => {
    await allowed(credentials);
  });

  test.each(Object.entries(refused))('is refused %s', async (_, call) => {
    await expect(call(credentials)).rejects.toMatchObject(REFUSAL);
  });
});

describe('a signature is verified', () => {
  const { operator } = users;

  test('with another secret', async () => {
    const forged = { ...operator, secretAccessKey: 'x'.repeat(40) };
    await expect(invoke('OperatorFunctionName')(forged)).rejects.toMatchObject({
      name: expect.stringMatching(/Signature/),
    });
  });

  test('with a key that nobody has', async () => {
    const forged = { ...operator, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    await expect(invoke('OperatorFunctionName')(forged)).rejects.toMatchObject({
      name: expect.stringMatching(/UnrecognizedClient|InvalidClientTokenId/),
    });
  });

  test("with a role's key without its session token", async () => {
    const { accessKeyId, secretAccessKey } = roles.Command;
    await expect(getItem({ accessKeyId, secretAccessKey })).rejects.toMatchObject({
      name: expect.stringMatching(/UnrecognizedClient|InvalidClientTokenId/),
    });
  });
});
