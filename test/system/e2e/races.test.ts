/** P4: first writer wins. Real conditional writes, through the deployed functions. */
import { expect, test } from 'vitest';
import { client, ended, get, lateness, start } from './support/stacks.ts';

test('50 completions at once: one wins, the others learn of it', async () => {
  const { stackId, operationId } = await start(600);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      client.completeOperation({
        stackId,
        operationId,
        status: n % 2 === 0 ? 'COMPLETE' : 'FAILED',
        reason: `engine ${n}`,
      }),
    ),
  );
  const stack = await get(stackId);
  expect(stack).toMatchObject({ cause: 'REPORTED', version: 2 });
  for (const [n, answer] of answers.entries()) {
    const wanted = n % 2 === 0 ? 'COMPLETE' : 'FAILED';
    // Who asked for what has happened gets ok, whoever wrote it; the others are refused. All see
    // the one winner.
    expect(answer.ok).toBe(wanted === stack.status);
    expect(answer.ok ? answer.stack : answer.error.current).toEqual(stack);
  }
});

test('complete and timeout race: one of them ends the operation, and only that one is reported', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const { stackId, operationId, deadline } = await start(10);
      // Completions spread around the moment at which the timeout is written; the first is sure to be
      // before it.
      const at = Date.parse(deadline) + (n === 0 ? -8000 : (n - 6) * 150);
      await new Promise((resolve) => setTimeout(resolve, at - Date.now()));
      const answer = await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
      const stack = await ended(stackId);
      expect(stack.version).toBe(2);
      if (answer.ok) {
        expect(stack).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
      } else {
        expect(answer.error).toMatchObject({ code: 'OperationEnded', current: stack });
        lateness(stack);
      }
      return answer.ok;
    }),
  );
  expect(outcomes, 'the first completions come before the timeout').toContain(true);
});

test('many start the same stack at once: one operation runs', async () => {
  const { stackId, operationId, action } = await start(600);
  await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      client.startOperation({ stackId, operationId: `${operationId}-${n}`, action, timeoutSeconds: 600 }),
    ),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await get(stackId)).toMatchObject({ status: 'IN_PROGRESS', version: 3 });
});
