/** P2, P10: a resource action whose wake-up was lost, on the deployed system. */
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { scheduleName, timerOf } from '../../../lambdas/domain/timer.ts';
import { eventually } from '../../support/eventually.ts';
import { output, scheduler } from './support/aws.ts';
import { becomes, dispatch, resourceRow } from './support/resources.ts';
import { BOUND_MS, client, FAR_SECONDS, hasSchedule, start } from './support/stacks.ts';

test('an attempt whose schedule was lost: the sweep ends it', async () => {
  const stack = await start(900);
  const server = await dispatch(stack, 'server', { startToCloseSeconds: FAR_SECONDS, onFailure: 'CONTINUE' });
  const { stackId, operationId, resource, attempt } = server;
  const claim = { stackId, operationId, resource, attempt, engineId: 'test', claimId: 'claim-1' };
  const { attemptDeadline = '' } = accepted(await client.claimResource(claim)).resource;
  const row = await resourceRow(server);
  if (row.status !== 'IN_PROGRESS') throw new Error('the resource action has ended');
  const timer = timerOf(row);
  await eventually(async () => expect(await hasSchedule(timer)).toBe(true), { within: 60_000 });
  const GroupName = output('ScheduleGroupName');
  await scheduler.send(new DeleteScheduleCommand({ GroupName, Name: scheduleName(timer) }));

  const withinMs = Date.parse(attemptDeadline) - Date.now() + BOUND_MS;
  const end = await becomes(server, { status: 'FAILED', cause: 'TIMEOUT' }, withinMs);
  const late = Date.parse(end.endedAt ?? '') - Date.parse(attemptDeadline);
  expect(late, 'only the sweep handles it, after the grace time').toBeGreaterThan(5_000);
});
