import { expect, test } from 'vitest';
import { begin, type HeatApi, OPERATIONS, prepare } from '../../../../demo/heat/operations.ts';

test.each(OPERATIONS)('$action of $stack: a slow $action with a timeout of a minute', async (operation) => {
  const calls: unknown[][] = [];
  const heat: HeatApi = {
    async api<T>(...call: unknown[]) {
      calls.push(call);
      return { stack: { id: '1' } } as T;
    },
  };
  await begin(heat, operation, await prepare(heat, operation));
  const { stack, action, rollback } = operation;
  const [method, path, body] = calls.at(-1) ?? [];
  const expected = {
    CREATE: ['POST', '/stacks'],
    UPDATE: ['PUT', `/stacks/${stack}/1`],
    DELETE: ['DELETE', `/stacks/${stack}/1`],
  }[action];
  expect([method, path]).toEqual(expected);
  // What is deleted has the template and the timeout that it was created with.
  const [sent] = action === 'DELETE' ? [calls[0]?.[2]] : [body];
  expect(sent).toMatchObject({
    timeout_mins: 1,
    disable_rollback: !rollback,
    template: {
      resources: { server: { properties: { action_wait_secs: { [action.toLowerCase()]: 3600 } } } },
    },
  });
});
