import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { resolveSettings, settingsFromContext } from '../../../infra/config.ts';
import { DEFAULTS, SETTINGS } from '../../../infra/settings.ts';
import { StackTimeouts } from '../../../infra/stack-timeouts.ts';
import { emptyStack } from './synth.ts';

const fromContext = (context: Record<string, unknown>) => {
  const settings = settingsFromContext(new App({ context }).node);
  return { ...settings, ...resolveSettings(settings) };
};

test('every setting has its default', () => {
  expect(fromContext({})).toEqual({
    stackName: 'StackTimeouts',
    nearHorizonSeconds: 120,
    leadSeconds: 75,
    graceSeconds: 30,
    retentionDays: 30,
    history: true,
    timerMaxReceiveCount: 10,
    workMaxReceiveCount: 100,
    workVisibilitySeconds: 30,
    wakeMaxConcurrency: 45,
    wakeTimeoutSeconds: 10,
    streamParallelizationFactor: 2,
    latenessAlarmSeconds: 5,
    logRetentionDays: 30,
    dev: false,
  });
});

test('every setting says what it means, and its default is within its bounds', () => {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    expect(setting.meaning, name).toMatch(/^[A-Z].+[.…]$/);
    if (setting.kind === 'number' && 'default' in setting) {
      expect(setting.default, name).toBeGreaterThanOrEqual(setting.min);
      expect(setting.default, name).toBeLessThanOrEqual(setting.max);
    }
  }
});

test('the types follow from the table', () => {
  const seconds: number = DEFAULTS.leadSeconds;
  const flag: boolean = DEFAULTS.dev;
  const reserved: number | undefined = DEFAULTS.commandReservedConcurrency;
  expect([seconds, flag, reserved]).toEqual([75, false, undefined]);
  // @ts-expect-error A setting that does not exist is an error of types.
  expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { leadSecond: 12 })).not.toThrow();
  // @ts-expect-error A number is not a flag.
  expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { leadSeconds: true })).toThrow(/leadSeconds/);
});

test('context is read as strings, as the command line gives it, and as numbers, as cdk.json may', () => {
  expect(
    fromContext({
      leadSeconds: '12',
      nearHorizonSeconds: 45,
      dev: 'true',
      stackName: 'Other',
      alarmTopicArn: 'arn:aws:sns:eu-north-1:123456789012:pager',
      encryptionKeyArn: 'arn:aws:kms:eu-north-1:123456789012:key/1',
      commandReservedConcurrency: '7',
    }),
  ).toMatchObject({
    leadSeconds: 12,
    nearHorizonSeconds: 45,
    dev: true,
    stackName: 'Other',
    alarmTopicArn: 'arn:aws:sns:eu-north-1:123456789012:pager',
    encryptionKeyArn: 'arn:aws:kms:eu-north-1:123456789012:key/1',
    commandReservedConcurrency: 7,
  });
});

describe('nonsense is refused before anything is deployed', () => {
  test.each<[what: string, context: Record<string, unknown>, message: RegExp]>([
    [
      'a near horizon below lead + 30',
      { nearHorizonSeconds: 104, leadSeconds: 75 },
      /at least leadSeconds \+ 30.*104/,
    ],
    [
      'a near horizon beyond the longest delay',
      { nearHorizonSeconds: 901 },
      /nearHorizonSeconds .* from 1 to 900/,
    ],
    [
      'work hidden for longer than SQS can',
      { workVisibilitySeconds: 43_201 },
      /workVisibilitySeconds .* from 1 to 43200/,
    ],
    [
      'a word for a number',
      { graceSeconds: 'soon' },
      /graceSeconds must be a whole number from 1 to 3600, not "soon"/,
    ],
    ['an empty number', { graceSeconds: '' }, /graceSeconds must be a whole number/],
    ['a fraction', { leadSeconds: 1.5 }, /leadSeconds must be a whole number/],
    ['a fraction as text', { leadSeconds: '1.5' }, /leadSeconds must be a whole number/],
    ['a negative number', { retentionDays: '-1' }, /retentionDays must be a whole number/],
    ['a flag that is neither', { dev: 'yes' }, /dev must be true or false, not "yes"/],
    [
      'logs kept for a period that does not exist',
      { logRetentionDays: 31 },
      /logRetentionDays must be one of 1, 3, 5/,
    ],
    [
      'a mistyped setting',
      { leadSecond: 12 },
      /unknown setting leadSecond; the settings are alarmTopicArn, armReserved/,
    ],
  ])('%s', (_, context, message) => {
    expect(() => fromContext(context)).toThrow(message);
  });

  test('the construct refuses it too, for those who use it in an app of their own', () => {
    expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { nearHorizonSeconds: 100 })).toThrow(
      /at least leadSeconds/,
    );
    expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { nearHorizonSeconds: 1000 })).toThrow(
      /from 1 to 900/,
    );
  });
});

test('the smallest margin and the longest delay are allowed', () => {
  expect(fromContext({ nearHorizonSeconds: 105, leadSeconds: 75 }).nearHorizonSeconds).toBe(105);
  expect(fromContext({ nearHorizonSeconds: 900, leadSeconds: 870 }).leadSeconds).toBe(870);
});

/** What AWS allows, or what makes sense, written down once more. */
test.each<[setting: string, min: number, max: number, beside?: Record<string, number>, leastTaken?: number]>([
  // What lies between it and the lead has a test of its own.
  ['nearHorizonSeconds', 1, 900, { leadSeconds: 1 }, 31],
  ['leadSeconds', 1, 870, { nearHorizonSeconds: 900 }],
  ['graceSeconds', 1, 3600],
  ['retentionDays', 1, 3650],
  ['historyRetentionDays', 1, 3650],
  ['timerMaxReceiveCount', 1, 1000],
  ['workMaxReceiveCount', 1, 1000],
  ['workVisibilitySeconds', 1, 43_200],
  ['commandReservedConcurrency', 1, 100_000],
  ['sweepReservedConcurrency', 1, 100_000],
  ['armReservedConcurrency', 1, 100_000],
  ['effectsReservedConcurrency', 1, 100_000],
  ['wakeMaxConcurrency', 2, 1000],
  ['wakeTimeoutSeconds', 1, 100],
  // Below what a new table has, DynamoDB refuses.
  ['warmReadUnits', 12_000, 1_000_000],
  ['warmWriteUnits', 4000, 1_000_000],
  ['streamParallelizationFactor', 1, 10],
  ['latenessAlarmSeconds', 1, 3600],
  ['logRetentionDays', 1, 3653],
])('%s may be from %i to %i', (setting, min, max, beside = {}, leastTaken = min) => {
  const withValue = (value: number) => () => fromContext({ ...beside, [setting]: value });
  const refusal = `${setting} must be a whole number from ${min} to ${max}, not`;
  for (const value of [leastTaken, max]) expect(withValue(value)).not.toThrow();
  for (const value of [min - 1, max + 1]) expect(withValue(value)).toThrow(refusal);
});

test("CDK's own context is let through", () => {
  expect(
    fromContext({ 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:anything': true, 'cli-telemetry': false })
      .dev,
  ).toBe(false);
});

describe("the deployment's name", () => {
  test('must be one that AWS takes for all that it names', () => {
    expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { deploymentName: 'no spaces' })).toThrow(
      /not no spaces/,
    );
    expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { deploymentName: 'x'.repeat(65) })).toThrow(
      /1 to 64/,
    );
  });

  test('is that of the stack', () => {
    expect(new StackTimeouts(emptyStack(), 'Timeouts').deploymentName).toBe('Test');
  });
});
