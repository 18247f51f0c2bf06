import { describe, expect, test } from 'vitest';
import { ofType, propertiesOf, readable, synthesize, synthesizeDefaults } from './synth.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** One line for each call and resource, with the condition. */
function lines(statements: readonly Statement[]): string[] {
  return statements
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      const condition = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, value]) => ` if ${operator} ${key} ${readable(value)}`),
      );
      return list(Action).flatMap((action) =>
        list(Resource).map(
          (resource) =>
            `${Effect === 'Allow' ? '' : `${Effect} `}${action} ${readable(resource)}${condition.join('')}`,
        ),
      );
    })
    .sort();
}

const synthesized = synthesizeDefaults();
const policyOf = (role: string, template = synthesized): string[] => {
  const { Policies, ManagedPolicyArns } = propertiesOf(template, role);
  expect(ManagedPolicyArns, 'no managed policies').toBeUndefined();
  return lines(
    Policies.flatMap(
      (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
    ),
  );
};

const STREAM_AND_FAILURES = [
  'dynamodb:DescribeStream Table.StreamArn',
  'dynamodb:GetRecords Table.StreamArn',
  'dynamodb:GetShardIterator Table.StreamArn',
  'dynamodb:ListStreams Table.StreamArn',
  's3:ListBucket StreamFailureBucket if StringEquals s3:ResourceAccount <AWS::AccountId>',
  's3:PutObject StreamFailureBucket/aws/lambda/* if StringEquals s3:ResourceAccount <AWS::AccountId>',
];

const LOOKING_AT_A_ROW = [
  'dynamodb:BatchGetItem Table',
  'dynamodb:GetItem Table',
  'dynamodb:PutItem Table',
  'dynamodb:UpdateItem Table',
  'lambda:InvokeFunction Command',
];

const ROLES: Record<string, string[]> = {
  CommandRole: [
    'dynamodb:BatchGetItem Table',
    'dynamodb:GetItem Table',
    'dynamodb:PutItem Table',
    'dynamodb:Query Table',
    'dynamodb:Query Table/index/timers',
    'dynamodb:UpdateItem Table',
    'logs:CreateLogStream CommandLogs',
    'logs:PutLogEvents CommandLogs',
  ],
  ArmRole: [
    ...STREAM_AND_FAILURES,
    'iam:PassRole SchedulesExecutionRole if StringEquals iam:PassedToService scheduler.amazonaws.com',
    'logs:CreateLogStream ArmLogs',
    'logs:PutLogEvents ArmLogs',
    'scheduler:CreateSchedule arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/StackTimeouts/*',
    'scheduler:DeleteSchedule arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/StackTimeouts/*',
    'sqs:SendMessage TimerQueue',
  ],
  EffectsRole: [
    ...STREAM_AND_FAILURES,
    'dynamodb:BatchWriteItem Table',
    'dynamodb:DeleteItem Table',
    'dynamodb:GetItem Table',
    'dynamodb:PutItem Table',
    'dynamodb:Query Table',
    'dynamodb:UpdateItem Table',
    'events:PutEvents EventBus',
    'logs:CreateLogStream EffectsLogs',
    'logs:PutLogEvents EffectsLogs',
  ],
  WakeRole: [
    ...LOOKING_AT_A_ROW,
    'logs:CreateLogStream WakeLogs',
    'logs:PutLogEvents WakeLogs',
    'sqs:DeleteMessage TimerQueue',
    'sqs:GetQueueAttributes TimerQueue',
    'sqs:ReceiveMessage TimerQueue',
    'sqs:SendMessage TimerQueue',
  ],
  SweepRole: [
    ...LOOKING_AT_A_ROW,
    'dynamodb:Query Table/index/timers',
    'logs:CreateLogStream SweepLogs',
    'logs:PutLogEvents SweepLogs',
  ],
  SchedulesExecutionRole: ['sqs:SendMessage ScheduleDeadLetterQueue', 'sqs:SendMessage TimerQueue'],
};

describe('a role may make exactly the calls that are made', () => {
  test.each(Object.entries(ROLES))('%s', (role, expected) => {
    expect(policyOf(role)).toEqual(expected.toSorted());
  });

  test('without a history, effects writes no batches', () => {
    const { EffectsRole = [] } = ROLES;
    const rest = EffectsRole.filter((line) => line !== 'dynamodb:BatchWriteItem Table');
    expect(policyOf('EffectsRole', synthesize({ history: false }))).toEqual(rest.toSorted());
  });

  test('there is no other role and no other policy', () => {
    expect(ofType(synthesized, 'AWS::IAM::Role')).toHaveLength(Object.keys(ROLES).length);
    expect(ofType(synthesized, 'AWS::IAM::Policy')).toEqual([]);
    expect(ofType(synthesized, 'AWS::IAM::ManagedPolicy')).toHaveLength(2);
  });

  test('each function has the role of its name', () => {
    for (const [, { Properties }] of ofType(synthesized, 'AWS::Lambda::Function')) {
      const name = readable(Properties.Role);
      expect(ROLES).toHaveProperty(name);
      expect(readable(Properties.LoggingConfig.LogGroup)).toBe(name.replace(/Role$/, 'Logs'));
    }
  });
});

describe('who uses the deployment gets a managed policy', () => {
  const policyLines = (name: string) => lines(propertiesOf(synthesized, name).PolicyDocument.Statement);

  test('workers may invoke the command function as such, and take work, nothing else', () => {
    expect(policyLines('WorkerPolicy')).toEqual([
      'lambda:InvokeFunction WorkerAlias',
      'sqs:ChangeMessageVisibility WorkQueue',
      'sqs:DeleteMessage WorkQueue',
      'sqs:ReceiveMessage WorkQueue',
    ]);
  });

  test('operators may invoke the command function, by its name or as such, nothing else', () => {
    expect(policyLines('OperatorPolicy')).toEqual([
      'lambda:InvokeFunction Command',
      'lambda:InvokeFunction OperatorAlias',
    ]);
  });
});

describe('who may use a role, a function or a queue', () => {
  const trustOf = (role: string) => propertiesOf(synthesized, role).AssumeRolePolicyDocument.Statement;

  test('only the schedules of this group of this account act as the execution role', () => {
    expect(trustOf('SchedulesExecutionRole')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': { Ref: 'AWS::AccountId' },
            'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^TimeoutsSchedulesGroup/), 'Arn'] },
          },
        },
      },
    ]);
  });

  test('only Lambda acts as the role of a function', () => {
    for (const role of Object.keys(ROLES).filter((name) => name !== 'SchedulesExecutionRole')) {
      expect(trustOf(role)).toEqual([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
    }
  });

  test('only the rule of the sweep may invoke a function from outside', () => {
    const permissions = ofType(synthesized, 'AWS::Lambda::Permission').map(
      ([, { Properties }]) => Properties,
    );
    expect(permissions).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': [expect.stringMatching(/^TimeoutsSweep/), 'Arn'] },
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': [expect.stringMatching(/^TimeoutsSweepRule/), 'Arn'] },
      },
    ]);
  });

  test('only effects may put events on the bus, whatever policies others have', () => {
    const statements = ofType(synthesized, 'AWS::Events::EventBusPolicy').map(([, { Properties }]) => {
      expect(readable(Properties.EventBusName)).toBe('EventBus');
      return Properties.Statement;
    });
    expect(statements.map(({ Principal }) => Principal)).toEqual(['*']);
    expect(lines(statements)).toEqual([
      'Deny events:PutEvents EventBus if ArnNotEquals aws:PrincipalArn EffectsRole',
    ]);
  });

  test('only the rule of the work, of all that is outside the account, may send to a queue', () => {
    const allowing = ofType(synthesized, 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.filter(({ Effect }: Statement) => Effect === 'Allow'),
    );
    expect(allowing.map(({ Principal }) => Principal)).toEqual(
      allowing.map(() => ({ Service: 'events.amazonaws.com' })),
    );
    expect(lines(allowing)).toEqual([
      'sqs:SendMessage WorkQueue if ArnEquals aws:SourceArn WorkRule',
      'sqs:SendMessage WorkRuleDeadLetterQueue if ArnEquals aws:SourceArn WorkRule',
    ]);
  });
});
