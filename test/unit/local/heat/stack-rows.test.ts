import { expect, test } from 'vitest';
import { stackRows, stacksWithEngine } from '../../../../local/heat/stack-rows.ts';

test('the rows of stacks', async () => {
  const rows = [
    ['a1', 'web', 'CREATE_IN_PROGRESS', 'Stack CREATE started', '', '1796000000'],
    ['b2', 'web-group', 'CREATE_COMPLETE', 'Stack CREATE completed successfully', 'a1', '1796000001'],
  ];
  expect(await stackRows({ sql: async () => rows })).toEqual([
    {
      id: 'a1',
      name: 'web',
      state: 'CREATE_IN_PROGRESS',
      reason: 'Stack CREATE started',
      ownerId: undefined,
      began: 1_796_000_000_000,
    },
    {
      id: 'b2',
      name: 'web-group',
      state: 'CREATE_COMPLETE',
      reason: 'Stack CREATE completed successfully',
      ownerId: 'a1',
      began: 1_796_000_001_000,
    },
  ]);
});

test('how many stacks engines work on', async () => {
  expect(await stacksWithEngine({ sql: async () => [['3']] })).toBe(3);
});
