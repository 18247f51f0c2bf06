import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import { ownAlarms } from '../../../cli/verify/judge.ts';
import { ERROR_CODES } from '../../../contract/index.ts';
import { METRICS } from '../../../contract/metrics.ts';
import { StackTimeoutsStack } from '../../../infra/stack.ts';
import { measurements } from '../../../lambdas/adapters/telemetry/powertools.ts';
import type { RowTimer } from '../../../lambdas/domain/timer.ts';
import type { Observation } from '../../../lambdas/ports/telemetry.ts';
import { FakeCli } from '../cli/fake-cli.ts';
import { ofType, propertiesOf, readable, synthesize, synthesizeDefaults, WITHOUT_BUNDLING } from './synth.ts';

const synthesized = synthesizeDefaults();
const alarms = ofType(synthesized, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

interface Widget {
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly [
      namespace: string,
      metric: string,
      dimension: string,
      of: string,
      options: { readonly label?: string },
    ][];
  };
}

/** What an alarm watches and when it tells, in one line. */
function summary(alarm: (typeof alarms)[number]): string {
  const dimensions = alarm.Dimensions.map(
    ({ Name, Value }: { Name: string; Value: unknown }) => `${Name}=${readable(Value)}`,
  );
  const operator = { GreaterThanThreshold: '>', LessThanThreshold: '<' }[alarm.ComparisonOperator as string];
  return [
    `${alarm.Namespace} ${alarm.MetricName}(${dimensions}) ${alarm.Statistic ?? alarm.ExtendedStatistic}`,
    `${operator} ${alarm.Threshold} in ${alarm.EvaluationPeriods} x ${alarm.Period} s, missing: ${alarm.TreatMissingData}`,
  ].join(' ');
}

const ok = 'missing: notBreaching';
const ALARMS: Record<string, string> = {
  'timer-dead-letters': `AWS/SQS ApproximateNumberOfMessagesVisible(QueueName=TimerDeadLetterQueue.QueueName) Maximum > 0 in 1 x 60 s, ${ok}`,
  'schedule-dead-letters': `AWS/SQS ApproximateNumberOfMessagesVisible(QueueName=ScheduleDeadLetterQueue.QueueName) Maximum > 0 in 1 x 60 s, ${ok}`,
  'work-dead-letters': `AWS/SQS ApproximateNumberOfMessagesVisible(QueueName=WorkDeadLetterQueue.QueueName) Maximum > 0 in 1 x 60 s, ${ok}`,
  'work-rule-dead-letters': `AWS/SQS ApproximateNumberOfMessagesVisible(QueueName=WorkRuleDeadLetterQueue.QueueName) Maximum > 0 in 1 x 60 s, ${ok}`,
  'work-age': `AWS/SQS ApproximateAgeOfOldestMessage(QueueName=WorkQueue.QueueName) Maximum > 300 in 1 x 60 s, ${ok}`,
  'canary-failed': `StackTimeouts CanaryFailed(service=StackTimeouts) Sum > 1 in 1 x 300 s, ${ok}`,
  'arm-records-failed': `AWS/Lambda OnFailureDestinationDeliveredEventCount(EventSourceMappingUUID=ArmMapping) Sum > 0 in 1 x 60 s, ${ok}`,
  'arm-records-lost': `AWS/Lambda DroppedEventCount(EventSourceMappingUUID=ArmMapping) Sum > 0 in 1 x 60 s, ${ok}`,
  'arm-not-reading':
    'AWS/Lambda PolledEventCount(EventSourceMappingUUID=ArmMapping) Sum < 1 in 5 x 60 s, missing: breaching',
  'arm-iterator-age': `AWS/Lambda IteratorAge(FunctionName=Arm) Maximum > 60000 in 3 x 60 s, ${ok}`,
  'effects-records-failed': `AWS/Lambda OnFailureDestinationDeliveredEventCount(EventSourceMappingUUID=EffectsMapping) Sum > 0 in 1 x 60 s, ${ok}`,
  'effects-records-lost': `AWS/Lambda DroppedEventCount(EventSourceMappingUUID=EffectsMapping) Sum > 0 in 1 x 60 s, ${ok}`,
  'effects-not-reading':
    'AWS/Lambda PolledEventCount(EventSourceMappingUUID=EffectsMapping) Sum < 1 in 5 x 60 s, missing: breaching',
  'effects-iterator-age': `AWS/Lambda IteratorAge(FunctionName=Effects) Maximum > 60000 in 3 x 60 s, ${ok}`,
  'sweep-overdue': `StackTimeouts SweepOverdue(service=StackTimeouts) Sum > 0 in 1 x 300 s, ${ok}`,
  'sweep-missing':
    'StackTimeouts SweepCompleted(service=StackTimeouts) Sum < 1 in 3 x 60 s, missing: breaching',
  'timer-queue-age': `AWS/SQS ApproximateAgeOfOldestMessage(QueueName=TimerQueue.QueueName) Maximum > 1080 in 1 x 60 s, ${ok}`,
  lateness: `StackTimeouts Lateness(service=StackTimeouts) p99 > 5000 in 1 x 300 s, ${ok}`,
  'timers-unarmed': `StackTimeouts TimersUnarmed(service=StackTimeouts) Sum > 0 in 1 x 300 s, ${ok}`,
  hops: `StackTimeouts Hops(service=StackTimeouts) Maximum > 5 in 1 x 300 s, ${ok}`,
  'command-errors': `AWS/Lambda Errors(FunctionName=Command) Sum > 0 in 1 x 300 s, ${ok}`,
  'command-throttles': `AWS/Lambda Throttles(FunctionName=Command) Sum > 0 in 1 x 300 s, ${ok}`,
  'arm-errors': `AWS/Lambda Errors(FunctionName=Arm) Sum > 0 in 1 x 300 s, ${ok}`,
  'arm-throttles': `AWS/Lambda Throttles(FunctionName=Arm) Sum > 0 in 1 x 300 s, ${ok}`,
  'effects-errors': `AWS/Lambda Errors(FunctionName=Effects) Sum > 0 in 1 x 300 s, ${ok}`,
  'effects-throttles': `AWS/Lambda Throttles(FunctionName=Effects) Sum > 0 in 1 x 300 s, ${ok}`,
  'wake-errors': `AWS/Lambda Errors(FunctionName=Wake) Sum > 0 in 1 x 300 s, ${ok}`,
  'wake-throttles': `AWS/Lambda Throttles(FunctionName=Wake) Sum > 0 in 1 x 300 s, ${ok}`,
  'sweep-errors': `AWS/Lambda Errors(FunctionName=Sweep) Sum > 0 in 1 x 300 s, ${ok}`,
  'sweep-throttles': `AWS/Lambda Throttles(FunctionName=Sweep) Sum > 0 in 1 x 300 s, ${ok}`,
};

test.each(Object.entries(ALARMS))('there is an alarm %s', (name, expected) => {
  const found = alarms.filter(({ AlarmName }) => AlarmName === `StackTimeouts-${name}`);
  expect(found.map(summary)).toEqual([expected]);
});

test.each(alarms.map((alarm) => [alarm.AlarmName, alarm] as const))(
  '%s acts, when each of its periods says so, on a metric of any unit',
  (_, { ActionsEnabled = true, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Unit }) => {
    expect({ ActionsEnabled, DatapointsToAlarm, Unit }).toEqual({
      ActionsEnabled: true,
      DatapointsToAlarm: EvaluationPeriods,
      // One that is not the metric's own matches no data.
      Unit: undefined,
    });
  },
);

test('there are no other alarms', () => {
  expect(alarms).toHaveLength(Object.keys(ALARMS).length);
});

test('stack-timeouts verify takes none of them for that of another deployment', () => {
  const deployed = alarms.map(({ AlarmName }) => ({ name: AlarmName, isOn: true }));
  expect(ownAlarms(deployed, 'StackTimeouts')).toEqual(deployed);
});

test('every function, every dead-letter queue and every mapping of the stream is watched', () => {
  const watched = alarms.flatMap(({ Dimensions }) =>
    Dimensions.map(({ Value }: { Value: unknown }) => readable(Value).split('.')[0]),
  );
  const wanted = [
    ...ofType(synthesized, 'AWS::Lambda::Function'),
    ...ofType(synthesized, 'AWS::SQS::Queue').filter(([id]) => id.includes('DeadLetter')),
    ...ofType(synthesized, 'AWS::Lambda::EventSourceMapping').filter(
      ([, { Properties }]) => Properties.StartingPosition,
    ),
  ].map(([id]) => readable({ Ref: id }));
  expect(wanted).toHaveLength(11);
  expect(watched).toEqual(expect.arrayContaining(wanted));
});

test('the threshold of the lateness is a setting', () => {
  const changed = synthesize({ latenessAlarmSeconds: 9 });
  expect(propertiesOf(changed, 'Alarmslateness').Threshold).toBe(9000);
});

describe('each alarm says what it means, what to type next, and which section of the runbook goes on', () => {
  const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8');
  const sections = [...runbook.matchAll(/^## ([a-z-]+)$/gm)].map(([, heading]) => heading);

  test.each(alarms.map((alarm) => [alarm.AlarmName, alarm.AlarmDescription] as const))(
    '%s',
    async (_, description) => {
      const parts = /^[A-Z].+\. Next: (.+) - see docs\/runbook\.md#([a-z-]+)$/.exec(readable(description));
      const [, next = '', section] = parts ?? [];
      expect(section).toBeDefined();
      expect(sections).toContain(section);
      // CloudWatch allows 1024 characters; names of functions and log groups come to 255 at most.
      expect(readable(description).length).toBeLessThan(700);
      const [program, ...words] = next.replace(/^npx /, '').split(' ');
      expect(program).toMatch(/^(stack-timeouts|aws)$/);
      if (program !== 'stack-timeouts') return;
      expect(words.slice(-2)).toEqual(['--stack-name', 'StackTimeouts']);
      // With --help, what is unknown is no error.
      expect((await new FakeCli().run(...words)).code).not.toBe(EXIT.usage);
    },
  );
});

test('a topic for the alarms gets each one, and its end', () => {
  const app = new App({ context: WITHOUT_BUNDLING });
  const topicStack = new StackTimeoutsStack(app, 'Topic');
  const alarmTopic = new Topic(topicStack, 'Alarms');
  const stack = new StackTimeoutsStack(app, 'StackTimeouts', { timeouts: { alarmTopic } });
  const withTopic = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
  expect(withTopic).toHaveLength(alarms.length);
  for (const { Properties } of withTopic) {
    expect(Properties.AlarmActions).toHaveLength(1);
    expect(Properties.OKActions).toEqual(Properties.AlarmActions);
  }
  for (const alarm of alarms) expect(alarm.AlarmActions).toBeUndefined();
});

test('a topic that is made elsewhere is named by its ARN', () => {
  const alarmTopicArn = 'arn:aws:sns:eu-north-1:123456789012:pager';
  const stack = new StackTimeoutsStack(new App({ context: WITHOUT_BUNDLING }), 'Named', { alarmTopicArn });
  for (const { Properties } of Object.values(
    Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'),
  )) {
    expect(Properties.AlarmActions).toEqual([alarmTopicArn]);
  }
});

describe('alarms and dashboard rest on metrics that the functions write', () => {
  const timer: RowTimer = { stackId: 's', operationId: 'o', generation: 1, dueAt: 0, setAt: 0 };
  const subject = { stackId: 's' };
  const observations: Observation[] = [
    ...ERROR_CODES.map((code) => ({ kind: 'refused', code, reason: '' }) as const),
    { kind: 'armed', timer, plan: { path: 'near', delaySeconds: 0 } },
    { kind: 'armed', timer, plan: { path: 'schedule', at: 0 } },
    { kind: 'unarmed', timer },
    ...(['stale', 'early', 'rearmed', 'queued', 'offered', 'retried', 'granted', 'cancelled'] as const).map(
      (outcome) => ({ kind: 'wakeUp', by: 'wake', outcome, subject }) as const,
    ),
    ...(['TIMEOUT', 'ENGINE_LOST', 'NO_ENGINE'] as const).map(
      (cause) =>
        ({ kind: 'wakeUp', by: 'sweep', outcome: 'fired', subject, cause, lateness: 1, hops: 1 }) as const,
    ),
    { kind: 'canary', ok: true },
    { kind: 'canary', ok: false },
    { kind: 'cascaded', subject, resources: 1, children: 1 },
    { kind: 'sweepCompleted', overdue: 1, swept: 1, failed: 0, failedShards: 0, outOfTime: false },
  ];
  const written = [...new Set(observations.flatMap(measurements).map(([name]) => name))].sort();
  const dashboard = readable(propertiesOf(synthesized, 'Dashboard').DashboardBody);
  const own = (metrics: Iterable<string | undefined>) => [...new Set(metrics)].sort();

  test('they write each metric of the catalogue, and no other', () => {
    expect(written).toEqual(Object.keys(METRICS).sort());
  });

  test('the dashboard shows each of them', () => {
    const shown = [...dashboard.matchAll(/"StackTimeouts","(\w+)","service","StackTimeouts"/g)].map(
      ([, name]) => name,
    );
    expect(own(shown)).toEqual(written);
  });

  test('the alarms watch no other', () => {
    const watched = alarms
      .filter(({ Namespace }) => Namespace === 'StackTimeouts')
      .map(({ MetricName }) => MetricName);
    expect(written).toEqual(expect.arrayContaining(own(watched)));
  });

  test('each graph of the dashboard is of the queue, the function or the table that it says', () => {
    const shown = JSON.parse(dashboard).widgets.flatMap((widget: Widget) => {
      const { title, metrics = [] } = widget.properties;
      return metrics
        .filter(([namespace]) => namespace !== 'StackTimeouts')
        .map(
          ([, metric, , of, { label }]) => `${[title, label].filter(Boolean).join(', ')}: ${metric} of ${of}`,
        );
    });
    expect(shown).toEqual([
      'Work queue, waiting: ApproximateNumberOfMessagesVisible of WorkQueue.QueueName',
      'Work queue, oldest (s): ApproximateAgeOfOldestMessage of WorkQueue.QueueName',
      'Stream: how far behind (ms), arm: IteratorAge of Arm',
      'Stream: how far behind (ms), effects: IteratorAge of Effects',
      'Commands, commands: Invocations of Command',
      'Commands, throttled: Throttles of Command',
      'Commands: duration (ms), p50: Duration of Command',
      'Commands: duration (ms), p99: Duration of Command',
      'Queues, wake-ups waiting for their time: ApproximateNumberOfMessagesDelayed of TimerQueue.QueueName',
      'Queues, wake-ups due: ApproximateNumberOfMessagesVisible of TimerQueue.QueueName',
      'Queues, timer dead letters: ApproximateNumberOfMessagesVisible of TimerDeadLetterQueue.QueueName',
      'Queues, schedule dead letters: ApproximateNumberOfMessagesVisible of ScheduleDeadLetterQueue.QueueName',
      'Queues, work dead letters: ApproximateNumberOfMessagesVisible of WorkDeadLetterQueue.QueueName',
      'Queues, work rule dead letters: ApproximateNumberOfMessagesVisible of WorkRuleDeadLetterQueue.QueueName',
      'Function errors, and throttles on the right: Errors of Command',
      'Function errors, and throttles on the right: Errors of Arm',
      'Function errors, and throttles on the right: Errors of Effects',
      'Function errors, and throttles on the right: Errors of Wake',
      'Function errors, and throttles on the right: Errors of Sweep',
      'Function errors, and throttles on the right: Throttles of Command',
      'Function errors, and throttles on the right: Throttles of Arm',
      'Function errors, and throttles on the right: Throttles of Effects',
      'Function errors, and throttles on the right: Throttles of Wake',
      'Function errors, and throttles on the right: Throttles of Sweep',
      'Table, read units: ConsumedReadCapacityUnits of Table',
      'Table, write units: ConsumedWriteCapacityUnits of Table',
    ]);
  });

  test('the dashboard begins with every alarm, and its name differs between regions', () => {
    const first = JSON.parse(dashboard).widgets[0];
    expect(first.type).toBe('alarm');
    expect(first.properties.alarms).toHaveLength(alarms.length);
    expect(readable(propertiesOf(synthesized, 'Dashboard').DashboardName)).toBe(
      'StackTimeouts-<AWS::Region>',
    );
  });
});
