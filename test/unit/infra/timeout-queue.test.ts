import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { StackTimeoutsStack } from '../../../infra/stack.ts';
import { synthesizeDefaults, WITHOUT_BUNDLING } from './synth.ts';

function synthesizeWithQueue(encryption = false) {
  const stack = new StackTimeoutsStack(new App({ context: WITHOUT_BUNDLING }), 'StackTimeouts', {
    ...(encryption && {
      encryptionKeyArn: 'arn:aws:kms:eu-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    }),
  });
  const { queue, deadLetterQueue } = stack.timeouts.addTimeoutQueue('Observer');
  const logicalId = (one: typeof queue) => stack.resolve(one.queueArn)['Fn::GetAtt'][0] as string;
  const template = Template.fromStack(stack);
  const [rule] = Object.entries(
    template.findResources('AWS::Events::Rule', {
      Properties: { EventPattern: { detail: { cause: ['TIMEOUT'] } } },
    }),
  );
  return { template, queue: logicalId(queue), deadLetterQueue: logicalId(deadLetterQueue), rule };
}

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

test('an observer gets the whole event of each operation that timed out, and nothing else', () => {
  const { queue, deadLetterQueue, rule } = synthesizeWithQueue();
  expect(rule?.[1].Properties).toMatchObject({
    EventPattern: {
      source: ['stack-timeouts'],
      'detail-type': ['Stack Operation Status Change'],
      detail: { cause: ['TIMEOUT'] },
    },
    Targets: [{ Arn: arn(queue), DeadLetterConfig: { Arn: arn(deadLetterQueue) } }],
  });
  expect(rule?.[1].Properties.Targets[0]).not.toHaveProperty('InputPath');
});

test('what cannot be handled is kept for 14 days; only the rule may send', () => {
  const { template, queue, deadLetterQueue, rule } = synthesizeWithQueue();
  template.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: { deadLetterTargetArn: arn(deadLetterQueue), maxReceiveCount: 100 },
    SqsManagedSseEnabled: true,
  });
  for (const id of [queue, deadLetterQueue]) {
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Condition: { ArnEquals: { 'aws:SourceArn': arn(rule?.[0] ?? '') } },
          }),
        ]),
      },
    });
  }
  expect(template.findResources('AWS::SQS::Queue')[deadLetterQueue]?.Properties.MessageRetentionPeriod).toBe(
    14 * 86_400,
  );
});

test('it uses the key of the deployment', () => {
  const { template, queue, deadLetterQueue } = synthesizeWithQueue(true);
  for (const id of [queue, deadLetterQueue])
    expect(template.findResources('AWS::SQS::Queue')[id]?.Properties.KmsMasterKeyId).toBeDefined();
});

test('a deployment without observers has no such queue', () => {
  synthesizeDefaults().template.resourcePropertiesCountIs(
    'AWS::Events::Rule',
    { EventPattern: { detail: { cause: ['TIMEOUT'] } } },
    0,
  );
});
