import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { awsParts } from '../../../../cli/verify/aws.ts';
import { FakeAws, type Input } from '../fake-aws.ts';

const VARIABLES: Record<string, Record<string, string>> = {
  ArmFunctionName: {
    POWERTOOLS_SERVICE_NAME: 'Deployed',
    NEAR_HORIZON_SECONDS: '120',
    LEAD_SECONDS: '75',
    TIMER_QUEUE_ARN: 'arn:timers',
  },
  EffectsFunctionName: { HISTORY_RETENTION_SECONDS: '2592000' },
  SweepFunctionName: { GRACE_SECONDS: '30' },
};
const configurationOf = (name: string) => `GET /2015-03-31/functions/${name}/configuration`;
const MAPPINGS = 'GET /2015-03-31/event-source-mappings';
const SCHEDULE = '/schedules/name';

let fake: FakeAws;

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  vi.stubEnv('AWS_ENDPOINT_URL_S3', '');
  fake = new FakeAws(
    Object.fromEntries(
      Object.entries(VARIABLES).map(([name, Variables]) => [
        configurationOf(name),
        () => ({ Environment: { Variables } }),
      ]),
    ),
  );
});
afterEach(() => vi.unstubAllEnvs());

const urlOf = (queue: string) => `https://sqs.eu-west-1.amazonaws.com/000000000000/${queue}`;

/** Of a deployment whose output `Name` is `Name`, as a URL if it is one. */
const setUp = (more: object = {}) =>
  awsParts({
    aws: { ...fake.settings, ...more },
    output: async (name) => (name.endsWith('Url') ? urlOf(name) : name),
    commandFunctionName: async () => 'command',
  });

describe('the settings', () => {
  test('are those that the functions are given', async () => {
    expect((await setUp()).settings).toEqual({
      deploymentName: 'Deployed',
      nearHorizonSeconds: 120,
      leadSeconds: 75,
      graceSeconds: 30,
      timerQueueArn: 'arn:timers',
      keepsHistory: true,
    });
  });

  test('say whether a history is kept', async () => {
    fake.answers[configurationOf('EffectsFunctionName')] = () => ({
      Environment: { Variables: { HISTORY_RETENTION_SECONDS: '0' } },
    });
    expect((await setUp()).settings.keepsHistory).toBe(false);
  });

  test('are an error if a function has none', async () => {
    fake.answers[configurationOf('SweepFunctionName')] = () => ({});
    await expect(setUp()).rejects.toThrow('function SweepFunctionName has no variable GRACE_SECONDS');
  });
});

describe('a schedule', () => {
  test('is found by its name in the group', async () => {
    fake.answers[`GET ${SCHEDULE}`] = () => ({
      ScheduleExpression: 'at(2026-01-31T12:00:00)',
      Target: { Arn: 'arn:timers', Input: '{}' },
      ActionAfterCompletion: 'DELETE',
    });
    expect(await (await setUp()).schedule('name')).toEqual({
      expression: 'at(2026-01-31T12:00:00)',
      targetArn: 'arn:timers',
      input: '{}',
      deletesItself: true,
    });
    expect(fake.inputsOf(`GET ${SCHEDULE}`)).toEqual([{ groupName: 'ScheduleGroupName' }]);
  });

  test('may not be there; any other failure is one', async () => {
    const { schedule } = await setUp();
    fake.answers[`GET ${SCHEDULE}`] = () => ({ error: 'ResourceNotFoundException' });
    expect(await schedule('name')).toBeUndefined();
    fake.answers[`GET ${SCHEDULE}`] = () => ({ error: 'AccessDeniedException' });
    await expect(schedule('name')).rejects.toThrow('no');
  });

  test('is deleted by its name in the group', async () => {
    await (await setUp()).deleteSchedule('name');
    expect(fake.inputsOf(`DELETE ${SCHEDULE}`)).toMatchObject([{ groupName: 'ScheduleGroupName' }]);
  });
});

test('dead letters are counted, queue by queue', async () => {
  fake.answers.GetQueueAttributes = ({ QueueUrl }: Input) => ({
    Attributes: { ApproximateNumberOfMessages: QueueUrl === urlOf('TimerDeadLetterQueueUrl') ? '3' : '0' },
  });
  const queues = (await setUp()).deadLetters.filter(({ name }) => name !== 'stream');
  expect(await Promise.all(queues.map(async ({ name, count }) => [name, await count()]))).toEqual([
    ['timers', 3],
    ['schedules', 0],
    ['work', 0],
    ['work-rule', 0],
  ]);
});

test('alarms are all those whose names begin with the deployment, page by page', async () => {
  fake.answers.DescribeAlarms = ({ NextToken }: Input) =>
    NextToken
      ? { MetricAlarms: [{ AlarmName: 'Deployed-hops', StateValue: 'INSUFFICIENT_DATA' }] }
      : { MetricAlarms: [{ AlarmName: 'Deployed-lateness', StateValue: 'ALARM' }], NextToken: 'next' };
  expect(await (await setUp()).alarms()).toEqual([
    { name: 'Deployed-lateness', isOn: true },
    { name: 'Deployed-hops', isOn: false },
  ]);
  expect(fake.inputsOf('DescribeAlarms')[0]).toEqual({ AlarmNamePrefix: 'Deployed-' });
});

describe('the canary', () => {
  test('is an item of the table', async () => {
    const { canary } = await setUp();
    fake.answers.GetItem = () => ({ Item: { pk: { S: 'CANARY' }, succeededAt: { N: '7' } } });
    expect(await canary()).toMatchObject({ succeededAt: 7 });
    expect(fake.inputsOf('GetItem')).toMatchObject([
      { TableName: 'TableName', Key: { pk: { S: 'CANARY' }, sk: { S: 'CANARY' } } },
    ]);
  });

  test('may never have been', async () => {
    expect(await (await setUp()).canary()).toEqual({});
  });
});

describe('concurrency', () => {
  test('is what the account has left, and what wake may take', async () => {
    fake.answers['GET /2016-08-19/account-settings'] = () => ({
      AccountLimit: { UnreservedConcurrentExecutions: 900 },
    });
    fake.answers[MAPPINGS] = () => ({
      EventSourceMappings: [{ UUID: 'uuid', ScalingConfig: { MaximumConcurrency: 45 } }],
    });
    expect(await (await setUp()).concurrency()).toEqual({ unreserved: 900, wake: 45 });
    expect(fake.inputsOf(MAPPINGS)).toEqual([{ FunctionName: 'WakeFunctionName' }]);
  });

  test('is none of an emulator', async () => {
    expect(await (await setUp({ endpoint: 'http://127.0.0.1:4566' })).concurrency()).toBeUndefined();
  });
});
