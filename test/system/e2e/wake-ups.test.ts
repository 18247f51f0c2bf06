/** P3, P5, P10: wake-ups that come twice, late, early, for what has moved on, or that are none. */
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../local/eventually.ts';
import { drain, output, unique } from './support/aws.ts';
import { client, get, putOnTimerQueue, row, sendWakeUp, start, timedOut, timer } from './support/stacks.ts';

/**
 * A marker behind the wake-ups of a test: when it has timed out, those before it have been handled.
 */
async function handled(): Promise<void> {
  await timedOut(await start(2));
}

describe.concurrent('wake-ups', () => {
  test('the same one delivered 20 times changes the row once', async () => {
    const stack = await start(10);
    const set = await timer(stack.stackId);
    await Promise.all(Array.from({ length: 20 }, () => sendWakeUp(set)));
    expect(await timedOut(stack)).toMatchObject({ version: 2 });
    await handled();
    await Promise.all(Array.from({ length: 20 }, () => sendWakeUp(set)));
    await handled();
    expect((await get(stack.stackId)).version).toBe(2);
  });

  test('one that comes early waits: nothing is timed out before its deadline', async () => {
    const stack = await start(8);
    await sendWakeUp(await timer(stack.stackId));
    await timedOut(stack);
  });

  test('one of an earlier operation changes nothing', async () => {
    const { stackId, operationId, action } = await start(10);
    const old = await timer(stackId);
    const next = { stackId, operationId: unique('op'), action, timeoutSeconds: 600, supersede: true };
    await client.startOperation(next);
    await sendWakeUp(old);
    // Even with the generation of the new timer: the operation is another.
    await sendWakeUp(old, { generation: (await timer(stackId)).generation });
    await handled();
    expect(await get(stackId)).toMatchObject({
      status: 'IN_PROGRESS',
      operationId: next.operationId,
      version: 2,
    });
    expect(operationId).not.toBe(next.operationId);
  });

  test('one of an earlier generation changes nothing', async () => {
    const { stackId, operationId } = await start(600);
    const old = await timer(stackId);
    await client.extendOperation({ stackId, operationId, timeoutSeconds: 300 });
    expect((await timer(stackId)).generation).toBe(old.generation + 1);
    await sendWakeUp(old);
    await sendWakeUp(old, { generation: old.generation + 2 });
    await handled();
    expect(await get(stackId)).toMatchObject({ status: 'IN_PROGRESS', version: 2 });
  });

  test('one for a completed operation, or for no stack at all, changes nothing', async () => {
    const { stackId, operationId } = await start(10);
    const set = await timer(stackId);
    await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
    await sendWakeUp(set);
    await sendWakeUp({ ...set, stackId: unique('nobody') });
    await handled();
    await handled();
    expect(await row(stackId)).toMatchObject({ status: 'COMPLETE', version: 2 });
  });

  test('malformed messages end in the dead-letter queue, and disturb nothing else', async () => {
    const malformed = [
      'hello',
      '',
      '{}',
      JSON.stringify({ v: 99 }),
      JSON.stringify({ v: 1, stackId: '#', marker: unique('malformed') }),
    ].map((body, n) => body || ` ${n}`);
    for (const body of malformed) await putOnTimerQueue(body);
    const stacks = await Promise.all(Array.from({ length: 5 }, () => start(3)));
    for (const stack of stacks) await timedOut(stack);

    const dead: string[] = [];
    await eventually(
      async () => {
        dead.push(...(await drain(output('TimerDeadLetterQueueUrl'))));
        expect(dead).toEqual(expect.arrayContaining(malformed));
      },
      { within: 150_000, every: 2000 },
    );
  });
});
