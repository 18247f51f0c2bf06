/**
 * The only reader of `process.env`. A variable that is missing or malformed makes the function fail
 * at cold start. Durations are in milliseconds here, and in seconds in the environment.
 */
import type { VariableName } from '../../contract/deployment.ts';
import { SECOND } from '../domain/time.ts';

function text(name: VariableName): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
}

function seconds(name: VariableName): number {
  const value = Number(text(name));
  if (!Number.isInteger(value) || value < 0) {
    throw new Error(
      `environment variable ${name} must be a whole number of seconds, not ${process.env[name]}`,
    );
  }
  return value * SECOND;
}

export const tableName = (): string => text('TABLE_NAME');
export const timerQueueUrl = (): string => text('TIMER_QUEUE_URL');
/** The function that the canary invokes. */
export const commandFunctionName = (): string => text('COMMAND_FUNCTION_NAME');
export const eventBusName = (): string => text('EVENT_BUS_NAME');

/** The group of the schedules, their target, their role and their dead-letter queue. */
export const scheduleTarget = () => ({
  groupName: text('SCHEDULE_GROUP_NAME'),
  queueArn: text('TIMER_QUEUE_ARN'),
  roleArn: text('SCHEDULE_ROLE_ARN'),
  deadLetterQueueArn: text('SCHEDULE_DEAD_LETTER_QUEUE_ARN'),
});

export const timerSettings = () => ({
  nearHorizon: seconds('NEAR_HORIZON_SECONDS'),
  lead: seconds('LEAD_SECONDS'),
});

/** How long an ended operation stays visible. */
export const retention = (): number => seconds('RETENTION_SECONDS');

/** How long an entry of the history is kept; undefined if none is written. */
export const historyRetention = (): number | undefined => seconds('HISTORY_RETENTION_SECONDS') || undefined;

export const sweepSettings = () => ({
  /** The sweep handles rows overdue by more than this. */
  grace: seconds('GRACE_SECONDS'),
  /** A sweep starts no more rows after this. */
  budget: seconds('SWEEP_BUDGET_SECONDS'),
});
