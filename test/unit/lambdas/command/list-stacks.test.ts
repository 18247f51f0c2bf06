import { expect, test } from 'vitest';
import type { AnswerOf } from '../../../../contract/index.ts';
import { TestHarness } from '../../../support/harness.ts';

type List = Extract<AnswerOf<'ListStacks'>, { ok: true }>;

async function list(harness: TestHarness, limit?: number): Promise<{ ids: string[]; pages: number[] }> {
  const ids: string[] = [];
  const pages: number[] = [];
  let nextToken: string | undefined;
  do {
    const answer = (await harness.command({
      command: 'ListStacks',
      ...(limit !== undefined && { limit }),
      ...(nextToken !== undefined && { nextToken }),
    })) as List;
    ids.push(...answer.stacks.map(({ stackId }) => stackId));
    pages.push(answer.stacks.length);
    nextToken = answer.nextToken;
  } while (nextToken !== undefined);
  return { ids, pages };
}

async function withStacks(count: number): Promise<{ harness: TestHarness; all: string[] }> {
  const harness = new TestHarness();
  const all = Array.from({ length: count }, (_, n) => `stack-${n}`);
  for (const stackId of all) await harness.start(stackId, 3600);
  return { harness, all: all.sort() };
}

test.each([1, 3, 32, 100])('every stack is listed once, with pages of at most %d', async (limit) => {
  const { harness, all } = await withStacks(70);
  const { ids, pages } = await list(harness, limit);
  expect(ids.sort()).toEqual(all);
  expect(Math.max(...pages)).toBeLessThanOrEqual(limit);
});

test('a page holds up to 100 unless told otherwise', async () => {
  const { harness } = await withStacks(130);
  expect((await list(harness)).pages).toEqual([100, 30]);
});

test('stacks whose operation has ended are left out, even if the index still names them', async () => {
  const { harness, all } = await withStacks(10);
  const stale = { ...harness.deps.index, list: harness.table.list.bind(harness.table) };
  const entries = await Promise.all(all.map((_, n) => harness.table.list(`S${n}`, { limit: 10 })));
  expect(entries.length).toBe(10);
  await harness.command({ command: 'CancelOperation', stackId: 'stack-3', operationId: 'op-1' });
  harness.deps.index = {
    list: async (shard, query) => {
      const page = await stale.list(shard, query);
      return shard === 'S0'
        ? { ...page, entries: [...page.entries, { stackId: 'stack-3', dueAt: 1 }] }
        : page;
    },
  };
  expect((await list(harness)).ids.sort()).toEqual(all.filter((id) => id !== 'stack-3'));
});

test('no stacks: one empty page', async () => {
  expect(await list(new TestHarness())).toEqual({ ids: [], pages: [0] });
});

test.each([
  '',
  'hello',
  Buffer.from('{"shard":32}').toString('base64url'),
  Buffer.from('{"shard":0,"x":1}').toString('base64url'),
])('a nextToken that is not from an earlier answer is refused: %j', async (nextToken) => {
  expect(await new TestHarness().command({ command: 'ListStacks', nextToken })).toMatchObject({
    ok: false,
    error: { code: 'ValidationError', message: 'nextToken must be one from an earlier answer' },
  });
});

test('how many stacks were listed; a token that is none is a refusal', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  await harness.start('stack-2', 60);
  harness.telemetry.observations.length = 0;
  await harness.command({ command: 'ListStacks' });
  await harness.command({ command: 'ListStacks', nextToken: 'nonsense' });
  expect(harness.telemetry.observations).toEqual([
    { kind: 'listed', stacks: 2 },
    { kind: 'refused', code: 'ValidationError', reason: expect.stringContaining('nextToken') },
  ]);
});
