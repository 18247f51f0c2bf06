/** With a key of one's own: what it encrypts, and who may use it. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { StackTimeoutsStack } from '../../../infra/stack.ts';
import { nameOf, readable, synthesizeDefaults, WITHOUT_BUNDLING } from './synth.ts';

// biome-ignore lint/suspicious/noExplicitAny: properties of any resource
type Properties = any;
type Resources = Record<string, { Type: string; Properties?: Properties }>;

const newApp = () => new App({ analyticsReporting: false, context: WITHOUT_BUNDLING });

/** A deployment whose key is made in the same app, and the key's own stack. */
function withOwnKey(): { deployment: Resources; key: Resources } {
  const app = newApp();
  const keyStack = new Stack(app, 'Keys');
  const encryptionKey = new Key(keyStack, 'Key', { enableKeyRotation: true });
  const stack = new StackTimeoutsStack(app, 'StackTimeouts', { timeouts: { encryptionKey } });
  const resourcesOf = (of: Stack): Resources => Template.fromStack(of).toJSON().Resources;
  return { deployment: resourcesOf(stack), key: resourcesOf(keyStack) };
}

const KEY_ARN = 'arn:aws:kms:eu-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const imported: Resources = Template.fromStack(
  new StackTimeoutsStack(newApp(), 'StackTimeouts', { encryptionKeyArn: KEY_ARN }),
).toJSON().Resources;

/** What each resource that stores something is encrypted with, by its name. */
function keysOf(resources: Resources): Record<string, unknown> {
  const key = (type: string, properties: Properties): unknown => {
    switch (type) {
      case 'AWS::DynamoDB::Table':
        return properties.SSESpecification?.KMSMasterKeyId;
      case 'AWS::SQS::Queue':
        return properties.KmsMasterKeyId;
      case 'AWS::S3::Bucket':
        return properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault
          .KMSMasterKeyID;
      case 'AWS::Logs::LogGroup':
        return properties.KmsKeyId;
      case 'AWS::Events::EventBus':
        return properties.KmsKeyIdentifier;
      default:
        return 'stores nothing';
    }
  };
  return Object.fromEntries(
    Object.entries(resources)
      .map(([id, { Type, Properties = {} }]) => [nameOf(id), key(Type, Properties)] as const)
      .filter(([, found]) => found !== 'stores nothing'),
  );
}

const STORES = [
  'Table',
  'StreamFailureBucket',
  'EventBus',
  'TimerDeadLetterQueue',
  'TimerQueue',
  'ScheduleDeadLetterQueue',
  'WorkDeadLetterQueue',
  'WorkQueue',
  'WorkRuleDeadLetterQueue',
  'CommandLogs',
  'ArmLogs',
  'EffectsLogs',
  'WakeLogs',
  'SweepLogs',
];

describe('what the key encrypts', () => {
  test('everything that is stored', () => {
    expect(keysOf(imported)).toEqual(Object.fromEntries(STORES.map((name) => [name, KEY_ARN])));
  });

  test('nothing by default: AWS encrypts with keys of its own', () => {
    expect(keysOf(synthesizeDefaults().resources)).toEqual(
      Object.fromEntries(STORES.map((name) => [name, undefined])),
    );
    expect(JSON.stringify(synthesizeDefaults().resources)).not.toContain('kms:');
  });

  test('without another id, so that a key may be given to a deployment that has none', () => {
    expect(Object.keys(imported)).toEqual(Object.keys(synthesizeDefaults().resources));
  });
});

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly StringEquals: Record<string, unknown> };
}

/** What a role or a managed policy may do with the key: a line for each service. */
function keyLines({ Policies, PolicyDocument }: Properties): string[] {
  const statements: Statement[] = (PolicyDocument ?? Policies[0].PolicyDocument).Statement;
  return statements
    .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')))
    .map(({ Action, Resource, Condition }) => {
      expect(Resource).toBe(KEY_ARN);
      const via = readable(Condition?.StringEquals['kms:ViaService']);
      return `${via.replace('.<AWS::Region>.amazonaws.com', '')}: ${[Action].flat().join(' ').replaceAll('kms:', '')}`;
    });
}

const ITEMS =
  'dynamodb: Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo';
const SEND = 'sqs: Decrypt GenerateDataKey';

test.each([
  ['CommandRole', [ITEMS]],
  ['ArmRole', ['dynamodb: Decrypt DescribeKey', SEND, 's3: Decrypt GenerateDataKey']],
  ['EffectsRole', [ITEMS, 's3: Decrypt GenerateDataKey']],
  ['WakeRole', [ITEMS, SEND]],
  ['SweepRole', [ITEMS]],
  ['SchedulesExecutionRole', [SEND]],
  ['WorkerPolicy', ['sqs: Decrypt']],
  ['OperatorPolicy', []],
])('%s may use the key through the services that it calls', (name, expected) => {
  const [, found] = Object.entries(imported).find(([id]) => nameOf(id) === name) ?? [];
  expect(keyLines(found?.Properties)).toEqual(expected);
});

test('a key of the same app lets EventBridge and CloudWatch Logs use it', () => {
  const { key, deployment } = withOwnKey();
  const [{ Properties } = { Properties: undefined }] = Object.values(key);
  const statements: (Statement & { Sid?: string; Principal: { Service?: unknown } })[] =
    Properties.KeyPolicy.Statement;
  const allowed = statements.filter(({ Sid }) => Sid);
  expect(
    allowed.map(({ Sid, Principal, Action, Condition }) => ({
      Sid,
      service: readable(Principal.Service),
      Action,
      Condition,
    })),
  ).toEqual([
    {
      Sid: 'EventBridgeToBusAndQueues',
      service: 'events.amazonaws.com',
      Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      Condition: undefined,
    },
    {
      Sid: 'LogGroups',
      service: 'logs.<AWS::Region>.amazonaws.com',
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } },
    },
  ]);
  for (const found of Object.values(keysOf(deployment))) {
    expect(JSON.stringify(found)).toContain('Fn::ImportValue');
  }
});
