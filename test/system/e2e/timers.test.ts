/**
 * P1, P2, P7, P9, P13: the paths that a timeout can take, each on the deployed system with no
 * engine alive.
 */
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import type { Stack } from '../../../contract/index.ts';
import { scheduleName } from '../../../lambdas/domain/timer.ts';
import { eventually } from '../../../local/eventually.ts';
import { deployment, output, scheduler } from './support/aws.ts';
import {
  BOUND_MS,
  BY_SWEEP_ONLY,
  client,
  ended,
  FAR_SECONDS,
  GRACE_MS,
  get,
  hasSchedule,
  lateness,
  row,
  start,
  timedOut,
  timer,
} from './support/stacks.ts';

const scheduled = (stackId: string) =>
  eventually(async () => expect(await hasSchedule(await timer(stackId))).toBe(true), { within: 60_000 });

/**
 * The sweep alone would end each of them after the grace time. On a busy machine a wake-up can be as
 * late: of several, one that is not is proof enough.
 */
function expectNotOnlyTheSweep(ends: readonly Stack[]): void {
  expect(Math.min(...ends.map(lateness)), 'the least lateness').toBeLessThan(GRACE_MS);
}

describe.concurrent('a timeout', () => {
  test('through the near path', async () => {
    const stacks = await Promise.all([3, 4, 6, 9, 13].map((seconds) => start(seconds)));
    const ends = await Promise.all(stacks.map(timedOut));
    for (const end of ends) expect(end).toMatchObject({ version: 2 });
    expectNotOnlyTheSweep(ends);
  });

  test(`through a schedule${BY_SWEEP_ONLY}`, async () => {
    const stacks = await Promise.all([0, 3, 7].map((more) => start(FAR_SECONDS + more)));
    const ends = await Promise.all(
      stacks.map(async (stack) => {
        await scheduled(stack.stackId);
        const set = await timer(stack.stackId);
        const end = await timedOut(stack);
        // It deletes itself when it has fired.
        await eventually(
          async () => expect(await hasSchedule(set), 'P13 nothing leaks').toBe(!deployment.firesSchedules),
          { within: BOUND_MS },
        );
        return end;
      }),
    );
    for (const end of ends) expect(end).toMatchObject({ version: 2 });
    if (deployment.firesSchedules) expectNotOnlyTheSweep(ends);
  });

  test('whose schedule was lost: the sweep ends it', async () => {
    const stack = await start(FAR_SECONDS);
    await scheduled(stack.stackId);
    const name = scheduleName(await timer(stack.stackId));
    await scheduler.send(new DeleteScheduleCommand({ GroupName: output('ScheduleGroupName'), Name: name }));
    const end = await timedOut(stack);
    expect(lateness(end), 'only the sweep handles it, after the grace time').toBeGreaterThan(GRACE_MS);
  });

  test('of an operation that was extended: the timer is left alone until it comes due (P9)', async () => {
    const { stackId, operationId } = await start(20);
    const set = await timer(stackId);
    const extended = await client.extendOperation({ stackId, operationId, timeoutSeconds: 35 });
    if (!extended.ok) throw new Error(extended.error.message);
    expect(await timer(stackId)).toEqual(set);
    const end = await timedOut(extended.stack);
    expect(end.version, 'start, extend, arm again, time out').toBe(4);
  });

  test('of an operation that was shortened: at once, from a schedule to the near path (P9, P13)', async () => {
    const { stackId, operationId } = await start(3600);
    await scheduled(stackId);
    const old = await timer(stackId);
    const shortened = await client.extendOperation({ stackId, operationId, timeoutSeconds: 4 });
    if (!shortened.ok) throw new Error(shortened.error.message);
    await timedOut(shortened.stack);
    await eventually(async () => expect(await hasSchedule(old)).toBe(false), { within: BOUND_MS });
  });

  test('that never comes, because the operation was completed: its schedule goes, and nothing touches the row', async () => {
    const { stackId, operationId, deadline } = await start(FAR_SECONDS);
    await scheduled(stackId);
    const set = await timer(stackId);
    await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
    await eventually(async () => expect(await hasSchedule(set)).toBe(false), { within: BOUND_MS });
    await eventually(async () => expect(Date.now()).toBeGreaterThan(Date.parse(deadline) + 5_000), {
      within: 120_000,
      every: 1000,
    });
    expect(await row(stackId)).toMatchObject({ status: 'COMPLETE', version: 2 });
  });

  test('of the second operation of a stack, while wake-ups of the first are still about', async () => {
    const { stackId, operationId, action } = await start(15);
    const answer = await client.startOperation({
      stackId,
      operationId: `${operationId}-2`,
      action,
      timeoutSeconds: 20,
      supersede: true,
    });
    if (!answer.ok) throw new Error(answer.error.message);
    expect(await timedOut(answer.stack)).toMatchObject({
      operationId: `${operationId}-2`,
      version: 3,
    });
  });

  test('100 of them due in the same second: each once, none early', async () => {
    const dueAt = Math.ceil(Date.now() / 1000) * 1000 + 30_000;
    const stacks = await Promise.all(
      Array.from({ length: 100 }, async () => start(Math.ceil((dueAt - Date.now()) / 1000))),
    );
    const ends = await Promise.all(stacks.map(({ stackId }) => ended(stackId, 30_000 + BOUND_MS)));
    for (const end of ends) {
      lateness(end);
      expect(end.version).toBe(2);
    }
    expectNotOnlyTheSweep(ends);
    expect((await get(stacks[0]?.stackId ?? '')).version).toBe(2);
  });
});
