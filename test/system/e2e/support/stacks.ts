import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetScheduleCommand, ResourceNotFoundException } from '@aws-sdk/client-scheduler';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import type { Stack, WakeUp } from '../../../../contract/index.ts';
import { stackKey } from '../../../../lambdas/adapters/dynamodb/keys.ts';
import { fromStackItem } from '../../../../lambdas/adapters/dynamodb/stack-item.ts';
import type { StackRow } from '../../../../lambdas/domain/stack/state.ts';
import { firstWakeUp, type RowTimer, scheduleName, timerOf } from '../../../../lambdas/domain/timer.ts';
import { eventually } from '../../../../local/eventually.ts';
import { deployment, dynamodb, output, scheduler, sqs, unique } from './aws.ts';
import { client } from './client.ts';

export { client };

/** The deployment's grace time: the sweep ends nothing that is overdue by less. */
export const GRACE_MS = 5_000;
/**
 * How late a timeout may be here, by whichever path: grace, one sweep period (the emulator looks
 * every 10 s whether a minute is over, so up to 70 s), and a minute for a busy machine. How late
 * timeouts really are is measured by `npm run bench`.
 */
export const BOUND_MS = GRACE_MS + 70_000 + 60_000;
/** What a test's name adds where the endpoint never fires schedules. */
export const BY_SWEEP_ONLY = deployment.firesSchedules
  ? ''
  : ' (this endpoint never fires schedules: the sweep ends it, and the schedule stays)';
/** The deployment's near horizon: a timeout of more than this gets a schedule. */
export const NEAR_HORIZON_SECONDS = 45;
/** A timeout of this gets a schedule, even where `arm` learns of its start half a minute late. */
export const FAR_SECONDS = NEAR_HORIZON_SECONDS + 40;

/** Starts an operation on a new stack. */
export async function start(timeoutSeconds: number, more: object = {}): Promise<Stack> {
  const answer = await client.startOperation({
    stackId: unique('stack'),
    operationId: unique('op'),
    action: 'CREATE',
    timeoutSeconds,
    ...more,
  });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.stack;
}

export async function get(stackId: string): Promise<Stack> {
  const answer = await client.getStack({ stackId });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.stack;
}

/** The row as it is stored. */
export async function row(stackId: string): Promise<StackRow> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: output('TableName'), Key: stackKey(stackId), ConsistentRead: true }),
  );
  if (Item === undefined) throw new Error(`no row for ${stackId}`);
  return fromStackItem(Item);
}

/** Lets the retention time of an ended operation be over, without waiting for it. */
export async function expire(stackId: string): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: output('TableName'),
      Key: stackKey(stackId),
      UpdateExpression: 'SET expiresAt = :past',
      ConditionExpression: 'attribute_exists(expiresAt)',
      ExpressionAttributeValues: { ':past': { N: String(Math.floor(Date.now() / 1000)) } },
    }),
  );
}

/** The timer of an operation in progress. */
export async function timer(stackId: string): Promise<RowTimer> {
  const current = await row(stackId);
  if (current.status !== 'IN_PROGRESS') throw new Error(`${stackId} has no timer`);
  return timerOf(current);
}

/** Waits until the stack's operation has ended. */
export async function ended(stackId: string, withinMs = BOUND_MS): Promise<Stack> {
  return eventually(
    async () => {
      const stack = await get(stackId);
      expect(stack.status, `status of ${stackId}`).not.toBe('IN_PROGRESS');
      return stack;
    },
    { within: withinMs, every: 500 },
  );
}

/**
 * How late the operation timed out, in milliseconds. Fails if it ended in another way, or early
 * (P1).
 */
export function lateness(stack: Stack): number {
  expect(stack).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT', statusReason: 'Timed out' });
  const late = Date.parse(stack.endedAt ?? '') - Date.parse(stack.deadline);
  expect(late, 'P1 never early').toBeGreaterThanOrEqual(0);
  return late;
}

/** Waits until the operation has timed out, and checks how late that was. */
export async function timedOut(stack: Stack): Promise<Stack> {
  const wait = Date.parse(stack.deadline) - Date.now() + BOUND_MS;
  const end = await ended(stack.stackId, wait + 5_000);
  expect(lateness(end), 'P7 bounded lateness').toBeLessThanOrEqual(BOUND_MS);
  return end;
}

/** Whether the timer's schedule exists. */
export async function hasSchedule(of: RowTimer): Promise<boolean> {
  try {
    const name = scheduleName(of);
    await scheduler.send(new GetScheduleCommand({ GroupName: output('ScheduleGroupName'), Name: name }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** Puts a message on the timer queue. */
export async function putOnTimerQueue(body: string): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: output('TimerQueueUrl'), MessageBody: body }));
}

export const sendWakeUp = (of: RowTimer, more: Partial<WakeUp> = {}): Promise<void> =>
  putOnTimerQueue(JSON.stringify({ ...firstWakeUp(of), ...more }));
