import { expect, test } from 'vitest';
import { stackRows, stacksWithEngine } from '../../../../demo/heat/rows.ts';

test('the rows of stacks', async () => {
  const rows = [['a1', 'web', 'CREATE_IN_PROGRESS', 'Stack CREATE started', '1796000000']];
  expect(await stackRows({ sql: async () => rows })).toEqual([
    {
      id: 'a1',
      name: 'web',
      state: 'CREATE_IN_PROGRESS',
      reason: 'Stack CREATE started',
      began: 1_796_000_000_000,
    },
  ]);
});

test('how many stacks engines work on', async () => {
  expect(await stacksWithEngine({ sql: async () => [['3']] })).toBe(3);
});
