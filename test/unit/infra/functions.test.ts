import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FunctionName } from '../../../infra/function.ts';
import { ofType, propertiesOf, readable, synthesize, synthesizeDefaults } from './synth.ts';

const FUNCTIONS: readonly FunctionName[] = ['command', 'arm', 'effects', 'wake', 'sweep'];
const synthesized = synthesizeDefaults();
const functionOf = (name: FunctionName) =>
  propertiesOf(
    synthesized,
    name.replace(/^./, (first) => first.toUpperCase()),
  );
const mappingOf = (name: string) => propertiesOf(synthesized, `${name}Mapping`);

/** What each function knows, besides what it is called in logs and metrics. */
const TABLE = { TABLE_NAME: 'Table', RETENTION_SECONDS: '2592000' };
const ENVIRONMENTS: Readonly<Record<FunctionName, Record<string, string>>> = {
  command: TABLE,
  arm: {
    TIMER_QUEUE_URL: 'TimerQueue',
    TIMER_QUEUE_ARN: 'TimerQueue',
    SCHEDULE_GROUP_NAME: 'StackTimeouts',
    SCHEDULE_ROLE_ARN: 'SchedulesExecutionRole',
    SCHEDULE_DEAD_LETTER_QUEUE_ARN: 'ScheduleDeadLetterQueue',
    NEAR_HORIZON_SECONDS: '120',
    LEAD_SECONDS: '75',
  },
  effects: { ...TABLE, EVENT_BUS_NAME: 'EventBus', HISTORY_RETENTION_SECONDS: '2592000' },
  wake: { ...TABLE, COMMAND_FUNCTION_NAME: 'Command', TIMER_QUEUE_URL: 'TimerQueue' },
  sweep: { ...TABLE, COMMAND_FUNCTION_NAME: 'Command', GRACE_SECONDS: '30', SWEEP_BUDGET_SECONDS: '35' },
};

describe.each(FUNCTIONS)('%s', (name) => {
  test('runs on ARM with Node 24, and writes its own JSON to a log group that forgets', () => {
    expect(functionOf(name)).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      // Wake waits in its invocation, and is paid by its memory meanwhile.
      MemorySize: name === 'wake' ? 256 : 512,
      LoggingConfig: { LogFormat: 'Text' },
    });
    const logs = readable(functionOf(name).LoggingConfig.LogGroup);
    expect(propertiesOf(synthesized, logs).RetentionInDays).toBe(30);
  });

  test('may loop only if it is wake', () => {
    expect(functionOf(name).RecursiveLoop).toBe(name === 'wake' ? 'Allow' : undefined);
  });

  describe('its environment', () => {
    const environment: Record<string, string> = Object.fromEntries(
      Object.entries(functionOf(name).Environment.Variables).map(([key, value]) => [key, readable(value)]),
    );
    const own = Object.keys(environment).filter((key) => !key.startsWith('POWERTOOLS_'));
    const coldStart = async (variables: Record<string, string>) => {
      vi.resetModules();
      for (const [key, value] of Object.entries(variables)) vi.stubEnv(key, value);
      return import(`../../../lambdas/${name}/handler.ts`);
    };
    beforeEach(() => vi.stubEnv('AWS_REGION', 'eu-central-1'));
    afterEach(() => vi.unstubAllEnvs());

    test('says where everything is, and names the deployment in logs and metrics', () => {
      expect(environment).toEqual({
        ...ENVIRONMENTS[name],
        POWERTOOLS_SERVICE_NAME: 'StackTimeouts',
        POWERTOOLS_METRICS_NAMESPACE: 'StackTimeouts',
      });
    });

    test('gives the ARN of what is asked for by ARN, and of nothing else', () => {
      for (const [key, value] of Object.entries<{ 'Fn::GetAtt'?: string[] }>(
        functionOf(name).Environment.Variables,
      ))
        expect([key, value['Fn::GetAtt']?.[1] === 'Arn']).toEqual([key, key.endsWith('_ARN')]);
    });

    test('is all that its handler needs to start', async () => {
      await expect(coldStart(environment)).resolves.toHaveProperty('handler');
    });

    test.each(own)('holds %s because the handler does not start without it', async (missing) => {
      const { [missing]: _, ...rest } = environment;
      await expect(coldStart(rest)).rejects.toThrow(missing);
    });
  });
});

test.each([
  ['as long as the rows', { retentionDays: 2 }, '172800'],
  ['as long as it says', { retentionDays: 2, historyRetentionDays: 3 }, '259200'],
  ['not at all', { history: false, historyRetentionDays: 3 }, '0'],
])('the history is kept %s', (_, settings, seconds) => {
  const { Variables } = propertiesOf(synthesize(settings), 'Effects').Environment;
  expect(Variables.HISTORY_RETENTION_SECONDS).toBe(seconds);
});

test('settings reach the functions', () => {
  const changed = synthesize({
    nearHorizonSeconds: 60,
    leadSeconds: 20,
    graceSeconds: 7,
    retentionDays: 2,
    logRetentionDays: 7,
    commandReservedConcurrency: 11,
    sweepReservedConcurrency: 1,
    armReservedConcurrency: 12,
    effectsReservedConcurrency: 13,
    wakeMaxConcurrency: 3,
    streamParallelizationFactor: 5,
  });
  const variables = (name: string) => propertiesOf(changed, name).Environment.Variables;
  expect(variables('Arm')).toMatchObject({ NEAR_HORIZON_SECONDS: '60', LEAD_SECONDS: '20' });
  expect(variables('Sweep')).toMatchObject({ GRACE_SECONDS: '7', RETENTION_SECONDS: '172800' });
  expect(variables('Command')).toMatchObject({ RETENTION_SECONDS: '172800' });
  expect(variables('Wake')).toMatchObject({ RETENTION_SECONDS: '172800' });
  expect(variables('Effects')).toMatchObject({ RETENTION_SECONDS: '172800' });
  const reserved = ['Command', 'Sweep', 'Arm', 'Effects', 'Wake'].map(
    (name) => propertiesOf(changed, name).ReservedConcurrentExecutions,
  );
  expect(reserved).toEqual([11, 1, 12, 13, undefined]);
  expect(propertiesOf(changed, 'WakeMapping').ScalingConfig).toEqual({ MaximumConcurrency: 3 });
  expect(propertiesOf(changed, 'ArmMapping').ParallelizationFactor).toBe(5);
  expect(propertiesOf(changed, 'WakeLogs').RetentionInDays).toBe(7);
  for (const name of FUNCTIONS) expect(functionOf(name).ReservedConcurrentExecutions).toBeUndefined();
});

test('wake reads the timer queue, reports failures one by one, and leaves concurrency to the commands', () => {
  expect(mappingOf('Wake')).toMatchObject({
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 45 },
  });
  expect(readable(mappingOf('Wake').EventSourceArn)).toBe('TimerQueue');
});

describe('the stream', () => {
  test.each([
    ['Arm', 20],
    ['Effects', 500],
  ])(
    '%s has a mapping of its own, which gives up after %i attempts and keeps the record',
    (name, attempts) => {
      const mapping = mappingOf(name);
      expect(readable(mapping.FunctionName)).toBe(name);
      expect(readable(mapping.EventSourceArn)).toBe('Table.StreamArn');
      expect(readable(mapping.DestinationConfig.OnFailure.Destination)).toBe('StreamFailureBucket');
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        MetricsConfig: { Metrics: ['EventCount'] },
        ParallelizationFactor: 2,
        BatchSize: 100,
        MaximumRetryAttempts: attempts,
        // An hour before the stream itself forgets the record: what only waited behind others is
        // not given up sooner.
        MaximumRecordAgeInSeconds: 23 * 3600,
      });
      // Waiting for a batch to fill would make timers late.
      expect(mapping.MaximumBatchingWindowInSeconds ?? 0).toBe(0);
    },
  );

  test.each([
    ['Arm', ['HEARTBEAT', 'EXPIRE', 'EXTEND']],
    ['Effects', ['HEARTBEAT', 'EXPIRE', 'REARM', 'GRANT']],
  ])(
    '%s is not invoked for changes that are nothing to it, for removals, and for rows without a change',
    (name, ignored) => {
      const patterns = mappingOf(name).FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
        JSON.parse(Pattern),
      );
      expect(patterns).toEqual([
        { dynamodb: { NewImage: { change: { S: [{ 'anything-but': ignored }] } } } },
        // A row that was restored: its last change says nothing of what it needs.
        { eventName: ['INSERT'], dynamodb: { NewImage: { change: { S: [{ exists: true }] } } } },
      ]);
    },
  );

  test('there are no other mappings, and all of them are switched on', () => {
    const mappings = ofType(synthesized, 'AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(3);
    expect(mappings.filter(([, { Properties }]) => Properties.Enabled === false)).toEqual([]);
  });
});

describe('the sweep', () => {
  test('runs each minute by a rule, so that it does when EventBridge Scheduler does not', () => {
    const rule = propertiesOf(synthesized, 'SweepRule');
    expect(rule).toMatchObject({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
    expect(rule.Targets.map(({ Arn }: { Arn: unknown }) => readable(Arn))).toEqual(['Sweep']);
    expect(ofType(synthesized, 'AWS::Scheduler::Schedule')).toEqual([]);
  });

  test('is not tried again: the next minute has its own', () => {
    const once = { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 };
    expect(propertiesOf(synthesized, 'SweepRule').Targets[0].RetryPolicy).toEqual(once);
    expect(propertiesOf(synthesized, 'SweepEventInvokeConfig')).toMatchObject(once);
  });

  test('ends before the next one starts, by its budget and by its timeout', () => {
    const { Timeout, Environment } = functionOf('sweep');
    expect(Number(Environment.Variables.SWEEP_BUDGET_SECONDS)).toBe(35);
    expect(Timeout).toBe(50);
  });
});

/** Room for a read and a write that both hang until their last attempt; more for whole batches. */
test.each([
  ['command', 10],
  ['arm', 60],
  ['effects', 60],
  ['wake', 10],
  ['sweep', 50],
] as const)('%s may run for %i s', (name, seconds) => {
  expect(functionOf(name).Timeout).toBe(seconds);
});

test('the command function has an alias for each kind of caller, which runs the code that it runs', () => {
  const aliases = ofType(synthesized, 'AWS::Lambda::Alias').map(([, { Properties }]) => [
    Properties.Name,
    readable(Properties.FunctionName),
    Properties.FunctionVersion,
  ]);
  expect(aliases).toEqual([
    ['worker', 'Command', '$LATEST'],
    ['operator', 'Command', '$LATEST'],
  ]);
});

test('wake is invoked as soon as there is a message', () => {
  expect(mappingOf('Wake').MaximumBatchingWindowInSeconds ?? 0).toBe(0);
});

test('under another deploymentName, what functions count is what alarms look at', () => {
  const other = synthesize({ deploymentName: 'Other' });
  const names = ofType(other, 'AWS::Lambda::Function')
    .map(([, { Properties }]) => Properties.Environment?.Variables.POWERTOOLS_SERVICE_NAME)
    .filter((name) => name !== undefined);
  expect(names).toEqual(Array(5).fill('Other'));
  const services = ofType(other, 'AWS::CloudWatch::Alarm')
    .flatMap(([, { Properties }]) => Properties.Dimensions ?? [])
    .filter(({ Name }: { Name: string }) => Name === 'service')
    .map(({ Value }: { Value: string }) => Value);
  expect(services.length).toBeGreaterThan(2);
  expect(new Set(services)).toEqual(new Set(['Other']));
});
