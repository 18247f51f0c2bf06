import { afterEach, describe, expect, test, vi } from 'vitest';
import * as config from '../../../../lambdas/shared/config.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const ENVIRONMENT = {
  TABLE_NAME: 'table',
  TIMER_QUEUE_URL: 'https://sqs.example/timer-queue',
  COMMAND_FUNCTION_NAME: 'command',
  EVENT_BUS_NAME: 'bus',
  SCHEDULE_GROUP_NAME: 'group',
  TIMER_QUEUE_ARN: 'arn:queue',
  SCHEDULE_ROLE_ARN: 'arn:role',
  SCHEDULE_DEAD_LETTER_QUEUE_ARN: 'arn:dead',
  NEAR_HORIZON_SECONDS: '120',
  LEAD_SECONDS: '75',
  RETENTION_SECONDS: '2592000',
  HISTORY_RETENTION_SECONDS: '86400',
  GRACE_SECONDS: '0',
  SWEEP_BUDGET_SECONDS: '35',
};

function stub(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

const readAll = () => ({
  tableName: config.tableName(),
  timerQueueUrl: config.timerQueueUrl(),
  commandFunctionName: config.commandFunctionName(),
  eventBusName: config.eventBusName(),
  scheduleTarget: config.scheduleTarget(),
  timerSettings: config.timerSettings(),
  retention: config.retention(),
  historyRetention: config.historyRetention(),
  sweepSettings: config.sweepSettings(),
});

test('each value comes from its variable; seconds become milliseconds', () => {
  stub(ENVIRONMENT);
  expect(readAll()).toEqual({
    tableName: 'table',
    timerQueueUrl: 'https://sqs.example/timer-queue',
    commandFunctionName: 'command',
    eventBusName: 'bus',
    scheduleTarget: {
      groupName: 'group',
      queueArn: 'arn:queue',
      roleArn: 'arn:role',
      deadLetterQueueArn: 'arn:dead',
    },
    timerSettings: { nearHorizon: 120_000, lead: 75_000 },
    retention: 2_592_000_000,
    historyRetention: 86_400_000,
    // None is a value, too.
    sweepSettings: { grace: 0, budget: 35_000 },
  });
});

test('a history that is kept for no time is none', () => {
  stub({ ...ENVIRONMENT, HISTORY_RETENTION_SECONDS: '0' });
  expect(readAll()).toMatchObject({ historyRetention: undefined });
});

describe('what is missing is named', () => {
  test.each(Object.keys(ENVIRONMENT))('%s', (name) => {
    for (const missing of [undefined, '']) {
      stub({ ...ENVIRONMENT, [name]: missing });
      expect(readAll).toThrow(`environment variable ${name} is not set`);
    }
  });
});

describe('what is no whole number of seconds is named', () => {
  const names = Object.keys(ENVIRONMENT).filter((name) => name.endsWith('_SECONDS'));
  test.each(names)('%s', (name) => {
    for (const malformed of ['soon', '1.5', '-1', '10s', 'Infinity']) {
      stub({ ...ENVIRONMENT, [name]: malformed });
      expect(readAll).toThrow(
        `environment variable ${name} must be a whole number of seconds, not ${malformed}`,
      );
    }
  });
});
