/** P2, P10: a resource action whose wake-up was lost, on the deployed system. */
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import type { Stack } from '../../../contract/index.ts';
import { delayKeyOf, offerDelay } from '../../../lambdas/domain/resource-action/retry.ts';
import { scheduleName, timerOf } from '../../../lambdas/domain/timer.ts';
import { eventually } from '../../../local/eventually.ts';
import { output, scheduler } from './support/aws.ts';
import { becomes, dispatch, resourceRow } from './support/resources.ts';
import { BOUND_MS, client, FAR_SECONDS, hasSchedule, start } from './support/stacks.ts';

const START_TO_CLOSE_SECONDS = FAR_SECONDS - 5;

/**
 * A resource whose next offer comes after the attempt's deadline, even if it is claimed some seconds
 * late. A claim leaves the timer of an earlier one alone: the sweep then finds that overdue, and may
 * set the attempt's own in time.
 */
function offeredLate({ stackId, operationId }: Stack): string {
  for (let n = 0; ; n++) {
    const resource = `server-${n}`;
    const delay = offerDelay(1, delayKeyOf({ stackId, operationId, resource }));
    if (delay > (START_TO_CLOSE_SECONDS + 8) * 1000) return resource;
  }
}

test('an attempt whose schedule was lost: the sweep ends it', async () => {
  const stack = await start(900);
  const server = await dispatch(stack, offeredLate(stack), {
    startToCloseSeconds: START_TO_CLOSE_SECONDS,
    onFailure: 'CONTINUE',
  });
  const { stackId, operationId, resource, attempt } = server;
  const claim = { stackId, operationId, resource, attempt, engineId: 'test', claimId: 'claim-1' };
  const { attemptDeadline = '' } = accepted(await client.claimResource(claim)).resource;
  const row = await resourceRow(server);
  if (row.status !== 'IN_PROGRESS') throw new Error('the resource action has ended');
  const timer = timerOf(row);
  expect(timer.dueAt, 'the timer of the attempt').toBe(Date.parse(attemptDeadline));
  await eventually(async () => expect(await hasSchedule(timer)).toBe(true), { within: 60_000 });
  const GroupName = output('ScheduleGroupName');
  await scheduler.send(new DeleteScheduleCommand({ GroupName, Name: scheduleName(timer) }));

  const withinMs = Date.parse(attemptDeadline) - Date.now() + BOUND_MS;
  const end = await becomes(server, { status: 'FAILED', cause: 'TIMEOUT' }, withinMs);
  const late = Date.parse(end.endedAt ?? '') - Date.parse(attemptDeadline);
  expect(late, 'only the sweep handles it, after the grace time').toBeGreaterThan(5_000);
});
