import { Readable } from 'node:stream';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import { createSchedules } from '../../../../../lambdas/adapters/eventbridge/schedules.ts';
import { firstWakeUp, scheduleName, timerOf } from '../../../../../lambdas/domain/timer.ts';
import { inProgress } from '../../../../support/rows.ts';

const TARGET = {
  groupName: 'StackTimeouts',
  queueArn: 'arn:aws:sqs:eu-west-1:123456789012:timer-queue',
  roleArn: 'arn:aws:iam::123456789012:role/execution',
  deadLetterQueueArn: 'arn:aws:sqs:eu-west-1:123456789012:schedule-dead-letters',
};
const timer = timerOf(inProgress());
const name = scheduleName(timer);
const wakeUp = firstWakeUp(timer);
// Of a whole second, as a Schedule promises.
const at = Date.parse('2026-01-31T11:58:45.000Z');

type Answer = { readonly status: number; readonly error?: string; readonly body?: string } | Error;

/**
 * A real client over a network of our own, so that the SDK itself makes the errors of the answers:
 * also those that the service's model does not name, such as AccessDeniedException. One attempt:
 * the SDK's retries wait.
 */
function schedulesWith(answer: Answer = { status: 200 }) {
  const sent: { operation: string; input: unknown }[] = [];
  const client = new SchedulerClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
    requestHandler: {
      handle: async () => {
        if (answer instanceof Error) throw answer;
        const { status: statusCode, error, body: text = '{"Message":"as asked for"}' } = answer;
        const headers = {
          'content-type': 'application/json',
          ...(error !== undefined && { 'x-amzn-errortype': error }),
        };
        const body = Readable.from([Buffer.from(text)]);
        return { response: { statusCode, headers, body } as never };
      },
    },
  });
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        sent.push({ operation: String(commandName), input: args.input });
        return next(args);
      },
    { step: 'initialize', name: 'record' },
  );
  return { schedules: createSchedules(client, TARGET), sent };
}

test('a schedule is asked for as a whole', async () => {
  const { schedules, sent } = schedulesWith();
  expect(await schedules.create({ name, at, wakeUp })).toBe('created');
  expect(sent).toEqual([
    {
      operation: 'CreateScheduleCommand',
      input: {
        GroupName: 'StackTimeouts',
        Name: name,
        // Neither a fraction nor a zone: the service refuses both.
        ScheduleExpression: 'at(2026-01-31T11:58:45)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: TARGET.queueArn,
          RoleArn: TARGET.roleArn,
          Input:
            '{"v":1,"stackId":"stack-1","operationId":"op-1","generation":1,"dueAt":"2026-01-31T12:01:00.000Z","hops":0}',
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
          DeadLetterConfig: { Arn: TARGET.deadLetterQueueArn },
        },
      },
    },
  ]);
});

test('a schedule is deleted by its name, in its group', async () => {
  const { schedules, sent } = schedulesWith();
  expect(await schedules.delete(name)).toBe('deleted');
  expect(sent).toEqual([
    { operation: 'DeleteScheduleCommand', input: { GroupName: 'StackTimeouts', Name: name } },
  ]);
});

const timeout = Object.assign(new Error('too slow'), { name: 'TimeoutError' });
const systemError = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

/** What each trouble is to the two methods; `thrown` is for a person to mend. */
const TROUBLES: [what: string, answer: Answer, create: string, remove: string][] = [
  ['ConflictException', { status: 409, error: 'ConflictException' }, 'created', 'unavailable'],
  ['ThrottlingException', { status: 429, error: 'ThrottlingException' }, 'unavailable', 'unavailable'],
  [
    'ServiceQuotaExceededException',
    { status: 402, error: 'ServiceQuotaExceededException' },
    'unavailable',
    'unavailable',
  ],
  [
    'InternalServerException',
    { status: 500, error: 'InternalServerException' },
    'unavailable',
    'unavailable',
  ],
  ['a 503 of a name unknown', { status: 503, error: 'Unheard' }, 'unavailable', 'unavailable'],
  ['a 502 without a name', { status: 502 }, 'unavailable', 'unavailable'],
  // Of a proxy on the way: the SDK finds no JSON, and makes no exception of the service of it.
  ['a 502 that is a page', { status: 502, body: '<html>' }, 'unavailable', 'unavailable'],
  ['a 403 that is a page', { status: 403, body: '<html>' }, 'thrown', 'thrown'],
  ['TimeoutError', timeout, 'unavailable', 'unavailable'],
  ['ECONNREFUSED', systemError('ECONNREFUSED'), 'unavailable', 'unavailable'],
  ['ECONNRESET', systemError('ECONNRESET'), 'unavailable', 'unavailable'],
  // The group is gone when creating, the schedule when deleting.
  ['ResourceNotFoundException', { status: 404, error: 'ResourceNotFoundException' }, 'thrown', 'deleted'],
  ['ValidationException', { status: 400, error: 'ValidationException' }, 'thrown', 'unavailable'],
  ['AccessDeniedException', { status: 403, error: 'AccessDeniedException' }, 'thrown', 'unavailable'],
  // A mistake of ours, and Node's own codes, which begin with an E as those of the system do.
  ['TypeError', new TypeError('x is undefined'), 'thrown', 'thrown'],
  ['ERR_INVALID_URL', systemError('ERR_INVALID_URL'), 'thrown', 'thrown'],
];

describe('what becomes of trouble', () => {
  const outcome = (call: Promise<string>): Promise<string> => call.catch(() => 'thrown');

  test.each(TROUBLES)('create: %s', async (_, answer, expected) => {
    expect(await outcome(schedulesWith(answer).schedules.create({ name, at, wakeUp }))).toBe(expected);
  });

  test.each(TROUBLES)('delete: %s', async (_, answer, _create, expected) => {
    expect(await outcome(schedulesWith(answer).schedules.delete(name))).toBe(expected);
  });

  test('what is thrown is the error itself', async () => {
    const { schedules } = schedulesWith({ status: 403, error: 'AccessDeniedException' });
    await expect(schedules.create({ name, at, wakeUp })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'as asked for',
    });
  });
});
