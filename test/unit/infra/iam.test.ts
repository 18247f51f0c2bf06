import { describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  arn,
  busPolicy,
  decide,
  evaluate,
  list,
  type Policy,
  policyOf,
  roleArn,
  takes,
} from './iam.ts';
import { nameOf, ofType, synthesizeDefaults } from './synth.ts';

/**
 * Requests put to the policies of the template as IAM would judge them: that the wildcards and
 * conditions mean what they are meant to. Two evaluators of others, iam-simulate and LocalEmu's,
 * agreed on these decisions.
 */
const TABLE = arn('dynamodb', 'table/Table');
const STREAM = `${TABLE}/stream/2026-01-01T00:00:00.000`;
const QUEUE = arn('sqs', 'TimerQueue');
const WORK_QUEUE = arn('sqs', 'WorkQueue');
const COMMAND = arn('lambda', 'function:Command');
const [WORKER, OPERATOR] = [`${COMMAND}:worker`, `${COMMAND}:operator`];
const EXECUTION_ROLE = roleArn('SchedulesExecutionRole');
const toScheduler = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
const ours = { 's3:ResourceAccount': ACCOUNT };
const FAILURE = 'arn:aws:s3:::failures/aws/lambda/uuid/shardId-1/2026/01/01/2026-01-01T00.00.00-uuid';

/** Allowed on a resource, and without effect there. */
const WITHOUT_EFFECT = {
  'dynamodb:ListStreams': "AWS's own example of a role that reads a stream has it on the stream, too",
};

type Call = [role: string, action: string, resource: string, context?: Record<string, string>];

describe('allowed', () => {
  test.each<Call>([
    ['CommandRole', 'dynamodb:PutItem', TABLE],
    ['CommandRole', 'dynamodb:BatchGetItem', TABLE],
    ['CommandRole', 'dynamodb:UpdateItem', TABLE],
    ['CommandRole', 'dynamodb:Query', TABLE],
    ['CommandRole', 'dynamodb:Query', `${TABLE}/index/timers`],
    ['ArmRole', 'scheduler:CreateSchedule', arn('scheduler', 'schedule/StackTimeouts/0123abcd')],
    ['ArmRole', 'scheduler:DeleteSchedule', arn('scheduler', 'schedule/StackTimeouts/0123abcd')],
    ['ArmRole', 'iam:PassRole', EXECUTION_ROLE, toScheduler],
    ['ArmRole', 'sqs:SendMessage', QUEUE],
    ['ArmRole', 'dynamodb:GetRecords', STREAM],
    ['ArmRole', 's3:PutObject', FAILURE, ours],
    ['ArmRole', 'logs:PutLogEvents', arn('logs', 'log-group:ArmLogs:log-stream:2026/01/01/[$LATEST]x')],
    ['EffectsRole', 'events:PutEvents', arn('events', 'event-bus/EventBus')],
    ['EffectsRole', 's3:ListBucket', 'arn:aws:s3:::failures', ours],
    ['EffectsRole', 'dynamodb:DeleteItem', TABLE],
    ['EffectsRole', 'dynamodb:Query', TABLE],
    ['EffectsRole', 'dynamodb:BatchWriteItem', TABLE],
    ['WakeRole', 'sqs:ReceiveMessage', QUEUE],
    ['WakeRole', 'lambda:InvokeFunction', COMMAND],
    ['SweepRole', 'lambda:InvokeFunction', COMMAND],
    ['SweepRole', 'dynamodb:Query', `${TABLE}/index/timers`],
    ['SchedulesExecutionRole', 'sqs:SendMessage', QUEUE],
    ['SchedulesExecutionRole', 'sqs:SendMessage', arn('sqs', 'ScheduleDeadLetterQueue')],
    ['WorkerPolicy', 'lambda:InvokeFunction', WORKER],
    ['OperatorPolicy', 'lambda:InvokeFunction', COMMAND],
    ['OperatorPolicy', 'lambda:InvokeFunction', OPERATOR],
    ['WorkerPolicy', 'sqs:ReceiveMessage', WORK_QUEUE],
    ['WorkerPolicy', 'sqs:DeleteMessage', WORK_QUEUE],
    ['WorkerPolicy', 'sqs:ChangeMessageVisibility', WORK_QUEUE],
  ])('%s: %s', async (role, action, resource, context) => {
    expect(await decide(role, action, resource, context)).toBe('Allowed');
  });
});

describe('refused', () => {
  test.each<Call>([
    ['CommandRole', 'dynamodb:DeleteItem', TABLE],
    ['CommandRole', 'dynamodb:BatchWriteItem', TABLE],
    ['CommandRole', 'dynamodb:Scan', TABLE],
    ['CommandRole', 'sqs:SendMessage', QUEUE],
    ['CommandRole', 'lambda:InvokeFunction', COMMAND],
    ['ArmRole', 'scheduler:CreateSchedule', arn('scheduler', 'schedule/StackTimeouts2/0123abcd')],
    ['ArmRole', 'scheduler:CreateSchedule', arn('scheduler', 'schedule/default/0123abcd')],
    ['ArmRole', 'scheduler:UpdateSchedule', arn('scheduler', 'schedule/StackTimeouts/0123abcd')],
    ['ArmRole', 'iam:PassRole', EXECUTION_ROLE, { 'iam:PassedToService': 'lambda.amazonaws.com' }],
    ['ArmRole', 'iam:PassRole', EXECUTION_ROLE],
    ['ArmRole', 'iam:PassRole', roleArn('Other'), toScheduler],
    ['ArmRole', 'dynamodb:GetItem', TABLE],
    ['ArmRole', 's3:PutObject', FAILURE, { 's3:ResourceAccount': '999999999999' }],
    ['ArmRole', 's3:PutObject', 'arn:aws:s3:::failures/elsewhere', ours],
    ['EffectsRole', 's3:GetObject', FAILURE, ours],
    ['EffectsRole', 'events:PutEvents', arn('events', 'event-bus/default')],
    ['EffectsRole', 'dynamodb:Query', `${TABLE}/index/timers`],
    ['EffectsRole', 'dynamodb:Scan', TABLE],
    ['EffectsRole', 'sqs:SendMessage', WORK_QUEUE],
    ['WakeRole', 'dynamodb:Query', TABLE],
    ['WakeRole', 'dynamodb:Query', `${TABLE}/index/timers`],
    ['WakeRole', 'dynamodb:BatchWriteItem', TABLE],
    ['WakeRole', 'dynamodb:DeleteItem', TABLE],
    ['WakeRole', 'sqs:ReceiveMessage', WORK_QUEUE],
    ['WakeRole', 'lambda:InvokeFunction', arn('lambda', 'function:Sweep')],
    ['SweepRole', 'dynamodb:DeleteItem', TABLE],
    ['SweepRole', 'sqs:SendMessage', QUEUE],
    ['SchedulesExecutionRole', 'sqs:SendMessage', arn('sqs', 'SomebodyElses')],
    ['SchedulesExecutionRole', 'sqs:ReceiveMessage', QUEUE],
    ['WorkerPolicy', 'lambda:InvokeFunction', COMMAND],
    ['WorkerPolicy', 'lambda:InvokeFunction', OPERATOR],
    ['WorkerPolicy', 'lambda:InvokeFunction', `${COMMAND}:$LATEST`],
    ['OperatorPolicy', 'lambda:InvokeFunction', arn('lambda', 'function:Arm')],
    ['OperatorPolicy', 'sqs:ReceiveMessage', WORK_QUEUE],
    ['WorkerPolicy', 'sqs:SendMessage', WORK_QUEUE],
    ['WorkerPolicy', 'sqs:ReceiveMessage', QUEUE],
    ['WorkerPolicy', 'lambda:InvokeFunction', arn('lambda', 'function:Sweep')],
    ['WorkerPolicy', 'dynamodb:GetItem', TABLE],
  ])('%s: %s on %s %j', async (role, action, resource, context) => {
    expect(await decide(role, action, resource, context)).toBe('ImplicitlyDenied');
  });
});

describe('the event bus takes events from effects alone, whatever others may do', () => {
  const everything: Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  };
  const putsEvents = (role: string, policy: Policy) =>
    evaluate({
      policy,
      action: 'events:PutEvents',
      resource: arn('events', 'event-bus/EventBus'),
      context: { 'aws:PrincipalArn': roleArn(role) },
      resourcePolicy: busPolicy(),
    });

  test('from effects', async () => {
    expect(await putsEvents('EffectsRole', policyOf('EffectsRole'))).toBe('Allowed');
  });

  test.each(['CommandRole', 'Administrator', 'EffectsRole2'])('not from %s', async (role) => {
    expect(await putsEvents(role, everything)).toBe('ExplicitlyDenied');
  });

  test('others may still read its rules', async () => {
    const request = { policy: everything, resourcePolicy: busPolicy() };
    const resource = arn('events', 'event-bus/EventBus');
    expect(await evaluate({ ...request, action: 'events:DescribeEventBus', resource })).toBe('Allowed');
  });
});

describe('an action that has no such type of resource is found', () => {
  test.each([
    ['dynamodb:GetItem', `${TABLE}/index/timers`],
    ['dynamodb:Query', STREAM],
    ['s3:PutObject', 'arn:aws:s3:::failures'],
    ['s3:ListBucket', FAILURE],
    ['scheduler:CreateSchedule', arn('scheduler', 'schedule-group/StackTimeouts')],
  ])('%s on %s', async (action, resource) => {
    await expect(decide('CommandRole', action, resource)).rejects.toThrow('AWS has no call');
  });

  test('and so is an action that AWS does not have', async () => {
    await expect(decide('ArmRole', 'sqs:SendMessageBatch', QUEUE)).rejects.toThrow('AWS has no action');
  });

  const names = ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    ofType(synthesizeDefaults(), type).map(([id]) => nameOf(id)),
  );
  test.each(names)('nothing of that kind is allowed: %s', async (name) => {
    for (const { Action, Resource } of policyOf(name).Statement) {
      for (const action of list(Action).filter((one) => !(one in WITHOUT_EFFECT))) {
        for (const pattern of list(Resource)) {
          // A log group's ARN ends with an asterisk for its streams.
          const resource = pattern.replace('*', action.startsWith('logs:') ? 'log-stream:x' : 'x');
          expect(await takes(action, resource), `${action} on ${pattern}`).toBe(true);
        }
      }
    }
  });
});
