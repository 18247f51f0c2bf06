import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TimerEntry, TimerIndex } from '../../../../lambdas/ports/stores.ts';
import { oldestFirst } from '../../../../lambdas/sweep/oldest-first.ts';

/** An index that holds these times in each shard, and gives at most two entries a page. */
function indexOf(shards: Readonly<Record<string, readonly number[]>>, broken?: string): TimerIndex {
  return {
    async list(shard, { after, dueBefore = Number.POSITIVE_INFINITY }) {
      if (shard === broken) throw new Error('throttled');
      const entries = (shards[shard] ?? [])
        .map((dueAt, n): TimerEntry => ({ stackId: `${shard} ${n}`, dueAt }))
        .filter(({ dueAt }) => dueAt < dueBefore);
      const from = after ? entries.findIndex(({ stackId }) => stackId === after.stackId) + 1 : 0;
      return { entries: entries.slice(from, from + 2), more: entries.length > from + 2 };
    },
  };
}

test('property: yields every entry of every shard that is due, oldest first', async () => {
  const times = fc.array(fc.integer({ min: 0, max: 20 })).map((all) => all.toSorted((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.record({ a: times, b: times, c: times }), fc.nat(21), async (shards, dueBefore) => {
      const found: number[] = [];
      const fail = () => expect.unreachable();
      for await (const { dueAt } of oldestFirst(indexOf(shards), ['a', 'b', 'c'], dueBefore, fail))
        found.push(dueAt);
      const due = Object.values(shards)
        .flat()
        .filter((dueAt) => dueAt < dueBefore);
      expect(found).toEqual(due.toSorted((a, b) => a - b));
    }),
  );
});

test('leaves out a shard that cannot be read, and says so once', async () => {
  const failed: string[] = [];
  const found: string[] = [];
  const index = indexOf({ a: [1, 3, 5], b: [2] }, 'b');
  for await (const { stackId } of oldestFirst(index, ['a', 'b'], 9, (shard) => failed.push(shard)))
    found.push(stackId);
  expect(found).toEqual(['a 0', 'a 1', 'a 2']);
  expect(failed).toEqual(['b']);
});
