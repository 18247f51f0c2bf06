import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { ofType, propertiesOf, readable, type Synthesized, synthesize, synthesizeDefaults } from './synth.ts';

const synthesized = synthesizeDefaults();

describe('what outlives a deployment', () => {
  /**
   * A schedule that is a year old names the queue, the dead-letter queue and the role by the ARNs
   * that they had when it was made, and lives in the group. Another logical id is another resource:
   * CloudFormation would delete the old one, and every schedule that has not fired yet would be
   * lost or fail. The table is the data itself. Engines were told the URL of the work queue, which
   * lets only the rule send.
   */
  const PINNED: Record<string, string> = {
    TimeoutsTimerQueue60FBF68B: 'AWS::SQS::Queue',
    TimeoutsScheduleDeadLetterQueue0FBD6038: 'AWS::SQS::Queue',
    TimeoutsSchedulesExecutionRoleC0EC6FE2: 'AWS::IAM::Role',
    TimeoutsSchedulesGroup4558A267: 'AWS::Scheduler::ScheduleGroup',
    TimeoutsTableF457A08D: 'AWS::DynamoDB::Table',
    TimeoutsWorkQueue1ABF3384: 'AWS::SQS::Queue',
    TimeoutsWorkRuleB29D37BB: 'AWS::Events::Rule',
  };

  test.each(Object.entries(PINNED))('%s keeps its logical id', (id, type) => {
    expect(synthesized.resources[id]?.Type).toBe(type);
  });

  test("the schedule group's name is that of the stack, and one that EventBridge Scheduler takes", () => {
    const { Name } = propertiesOf(synthesized, 'SchedulesGroup');
    expect(Name).toBe('StackTimeouts');
    expect(Name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
  });

  test('no physical name but that of the group is chosen, so that nothing else stands in the way of a replacement', () => {
    expect(propertiesOf(synthesized, 'TimerQueue').QueueName).toBeUndefined();
    expect(propertiesOf(synthesized, 'Table').TableName).toBeUndefined();
    expect(propertiesOf(synthesized, 'SchedulesExecutionRole').RoleName).toBeUndefined();
  });

  test("the feature flags of somebody else's app change no logical id and no property of a pinned resource", () => {
    const require = createRequire(import.meta.url);
    const flags = JSON.parse(
      readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'),
    );
    const flagged = synthesize({}, flags);
    expect(Object.keys(flagged.resources).sort()).toEqual(Object.keys(synthesized.resources).sort());
    for (const id of Object.keys(PINNED).filter((pinned) => !pinned.includes('Role'))) {
      expect(flagged.resources[id]).toEqual(synthesized.resources[id]);
    }
  });
});

describe('data', () => {
  const dev = synthesize({ dev: true });
  const policies = ({ resources }: Synthesized, id: RegExp) =>
    Object.entries(resources)
      .filter(([logicalId, { Type }]) => id.test(logicalId) && !Type.endsWith('Policy'))
      .map(([, { DeletionPolicy, UpdateReplacePolicy }]) => [DeletionPolicy, UpdateReplacePolicy]);

  test('is kept by default: the table, which is also protected against deletion, and the failure bucket', () => {
    expect(policies(synthesized, /^Timeouts(Table|StreamFailureBucket)/)).toEqual([
      ['Retain', 'Retain'],
      ['Retain', 'Retain'],
    ]);
    expect(propertiesOf(synthesized, 'Table').DeletionProtectionEnabled).toBe(true);
  });

  test('is disposable in dev, all of it', () => {
    expect(policies(dev, /^Timeouts(Table|StreamFailureBucket)/)).toEqual([
      ['Delete', 'Delete'],
      ['Delete', 'Delete'],
    ]);
    expect(propertiesOf(dev, 'Table').DeletionProtectionEnabled).toBe(false);
    for (const resource of Object.values(dev.resources))
      expect(resource.DeletionPolicy ?? 'Delete').toBe('Delete');
  });

  test('schedules always go with the group: they are no data', () => {
    for (const each of [synthesized, dev])
      expect(policies(each, /SchedulesGroup/)).toEqual([['Delete', 'Delete']]);
  });

  test('no deployment needs a function of CDK itself', () => {
    for (const each of [synthesized, dev]) expect(ofType(each, 'AWS::Lambda::Function')).toHaveLength(5);
  });
});

test('the table has what the promises rest on', () => {
  expect(propertiesOf(synthesized, 'Table')).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: expect.arrayContaining([
      { AttributeName: 'timerShard', AttributeType: 'S' },
      { AttributeName: 'timerDueAt', AttributeType: 'N' },
    ]),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'timers',
        KeySchema: [
          { AttributeName: 'timerShard', KeyType: 'HASH' },
          { AttributeName: 'timerDueAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
});

describe('warm throughput', () => {
  const warmOf = (synthesized: Synthesized) => {
    const { WarmThroughput, GlobalSecondaryIndexes } = propertiesOf(synthesized, 'Table');
    return [WarmThroughput, GlobalSecondaryIndexes[0].WarmThroughput];
  };

  test('is not set by default', () => {
    expect(warmOf(synthesized)).toEqual([undefined, undefined]);
  });

  test('is that of the table and of its index, which takes twice the writes', () => {
    const warm = { ReadUnitsPerSecond: 20_000, WriteUnitsPerSecond: 8000 };
    const index = { ...warm, WriteUnitsPerSecond: 16_000 };
    expect(warmOf(synthesize({ warmReadUnits: 20_000, warmWriteUnits: 8000 }))).toEqual([warm, index]);
  });

  test('may be that of writes alone', () => {
    const warm = [{ WriteUnitsPerSecond: 8000 }, { WriteUnitsPerSecond: 16_000 }];
    expect(warmOf(synthesize({ warmWriteUnits: 8000 }))).toEqual(warm);
  });
});

describe('queues', () => {
  const queues = ofType(synthesized, 'AWS::SQS::Queue').map(([id, { Properties }]) => ({
    name: readable({ Ref: id }),
    properties: Properties,
  }));

  test('each one has a dead-letter queue, or is one and keeps its messages for 14 days', () => {
    expect(queues.map(({ name }) => name)).toEqual([
      'TimerDeadLetterQueue',
      'TimerQueue',
      'ScheduleDeadLetterQueue',
      'WorkDeadLetterQueue',
      'WorkQueue',
      'WorkRuleDeadLetterQueue',
    ]);
    for (const { name, properties } of queues) {
      if (name.endsWith('DeadLetterQueue')) expect(properties.MessageRetentionPeriod).toBe(14 * 86_400);
      else
        expect(readable(properties.RedrivePolicy.deadLetterTargetArn)).toBe(
          name.replace('Queue', 'DeadLetterQueue'),
        );
    }
  });

  test('none adds a delay of its own, and the timer queue keeps a message longer than its delay', () => {
    for (const { properties } of queues) expect(properties.DelaySeconds ?? 0).toBe(0);
    const timerQueue = queues.find(({ name }) => name === 'TimerQueue')?.properties;
    expect(timerQueue.MessageRetentionPeriod ?? 4 * 86_400).toBeGreaterThanOrEqual(86_400);
  });

  test("each one is encrypted with SQS's own key, and refuses requests without TLS", () => {
    const denying = ofType(synthesized, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) => {
      expect(Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
      return readable(Properties.Queues[0]);
    });
    expect(denying).toEqual(queues.map(({ name }) => name));
    for (const { properties } of queues) {
      expect(properties).toMatchObject({ SqsManagedSseEnabled: true });
      expect(properties.KmsMasterKeyId).toBeUndefined();
    }
  });

  test('the timer queue hides a message for six times the timeout of wake, and gives up as set', () => {
    const changed = synthesize({ wakeTimeoutSeconds: 4, timerMaxReceiveCount: 3 });
    expect(propertiesOf(synthesized, 'TimerQueue').VisibilityTimeout).toBe(60);
    expect(propertiesOf(changed, 'TimerQueue')).toMatchObject({
      VisibilityTimeout: 24,
      RedrivePolicy: { maxReceiveCount: 3 },
    });
    expect(propertiesOf(changed, 'Wake').Timeout).toBe(4);
  });
});

describe('work', () => {
  const rule = propertiesOf(synthesized, 'WorkRule');

  test('is every resource action that became QUEUED, or is offered again', () => {
    expect(readable(rule.EventBusName)).toBe('EventBus');
    expect(rule.State).toBe('ENABLED');
    expect(rule.EventPattern).toEqual({
      source: ['stack-timeouts'],
      'detail-type': ['Resource Action Status Change'],
      detail: { status: ['IN_PROGRESS'], phase: ['QUEUED'] },
    });
  });

  test('goes to the work queue as the whole event, or to a dead-letter queue after an hour', () => {
    expect(rule.Targets).toEqual([
      {
        Id: expect.anything(),
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^TimeoutsWorkQueue/), 'Arn'] },
        DeadLetterConfig: {
          Arn: { 'Fn::GetAtt': [expect.stringMatching(/^TimeoutsWorkRuleDeadLetterQueue/), 'Arn'] },
        },
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
      },
    ]);
  });

  test('that is not claimed is hidden and given up as set; nobody looks at it after a day', () => {
    const changed = synthesize({ workVisibilitySeconds: 7, workMaxReceiveCount: 3 });
    expect(propertiesOf(synthesized, 'WorkQueue')).toMatchObject({
      VisibilityTimeout: 30,
      RedrivePolicy: { maxReceiveCount: 100 },
      MessageRetentionPeriod: 86_400,
    });
    expect(propertiesOf(changed, 'WorkQueue')).toMatchObject({
      VisibilityTimeout: 7,
      RedrivePolicy: { maxReceiveCount: 3 },
    });
  });
});

test('the failure bucket is private, encrypted, and forgets after 90 days', () => {
  expect(propertiesOf(synthesized, 'StreamFailureBucket')).toMatchObject({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    BucketEncryption: expect.anything(),
    LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90, Status: 'Enabled' }] },
  });
});

test('the outputs are those that clients, the CLI and the local cloud look for', () => {
  const outputs = synthesized.template.toJSON().Outputs as Record<string, { Value: unknown }>;
  expect(
    Object.fromEntries(Object.entries(outputs).map(([name, { Value }]) => [name, readable(Value)])),
  ).toEqual({
    CommandFunctionName: 'Command',
    WorkerFunctionName: 'Command:worker',
    OperatorFunctionName: 'Command:operator',
    ArmFunctionName: 'Arm',
    EffectsFunctionName: 'Effects',
    WakeFunctionName: 'Wake',
    SweepFunctionName: 'Sweep',
    SweepRuleName: 'SweepRule',
    TableName: 'Table',
    TimerQueueUrl: 'TimerQueue',
    TimerDeadLetterQueueUrl: 'TimerDeadLetterQueue',
    ScheduleDeadLetterQueueUrl: 'ScheduleDeadLetterQueue',
    WorkQueueUrl: 'WorkQueue',
    WorkDeadLetterQueueUrl: 'WorkDeadLetterQueue',
    WorkRuleDeadLetterQueueUrl: 'WorkRuleDeadLetterQueue',
    StreamFailureBucketName: 'StreamFailureBucket',
    ScheduleGroupName: 'StackTimeouts',
    EventBusName: 'EventBus',
    WorkerPolicyArn: 'WorkerPolicy',
    OperatorPolicyArn: 'OperatorPolicy',
    DashboardName: 'Dashboard',
  });
});
