/** A decision that loses a race is made again on what won. */
import { expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';

const complete = {
  command: 'CompleteOperation',
  stackId: 'stack-1',
  operationId: 'op-1',
  status: 'COMPLETE',
};

test('who always loses gives up with an error, which means "try again"', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  const current = harness.table.rows.get('stack-1');
  let [loads, saves] = [0, 0];
  harness.deps.store = {
    load: async () => {
      loads++;
      return current;
    },
    loadMany: async () => [],
    save: async () => {
      saves++;
      return { saved: false, current };
    },
  };
  await expect(harness.command(complete)).rejects.toThrow('lost 20 conditional writes in a row');
  expect([loads, saves], 'DynamoDB sends the row that won along').toEqual([1, 20]);
});
