import { expect, test } from 'vitest';
import type { AnswerOf } from '../../../../contract/index.ts';
import { World } from '../../../support/world.ts';

type List = Extract<AnswerOf<'ListStacks'>, { ok: true }>;

async function list(world: World, limit?: number): Promise<{ ids: string[]; pages: number[] }> {
  const ids: string[] = [];
  const pages: number[] = [];
  let nextToken: string | undefined;
  do {
    const answer = (await world.command({
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

async function withStacks(count: number): Promise<{ world: World; all: string[] }> {
  const world = new World();
  const all = Array.from({ length: count }, (_, n) => `stack-${n}`);
  for (const stackId of all) await world.start(stackId, 3600);
  return { world, all: all.sort() };
}

test.each([1, 3, 32, 100])('every stack is listed once, with pages of at most %d', async (limit) => {
  const { world, all } = await withStacks(70);
  const { ids, pages } = await list(world, limit);
  expect(ids.sort()).toEqual(all);
  expect(Math.max(...pages)).toBeLessThanOrEqual(limit);
});

test('a page holds up to 100 unless told otherwise', async () => {
  const { world } = await withStacks(130);
  expect((await list(world)).pages).toEqual([100, 30]);
});

test('stacks whose operation has ended are left out, even if the index still names them', async () => {
  const { world, all } = await withStacks(10);
  const stale = { ...world.deps.index, list: world.table.list.bind(world.table) };
  const entries = await Promise.all(all.map((_, n) => world.table.list(`S${n}`, { limit: 10 })));
  expect(entries.length).toBe(10);
  await world.command({ command: 'CancelOperation', stackId: 'stack-3', operationId: 'op-1' });
  world.deps.index = {
    list: async (shard, query) => {
      const page = await stale.list(shard, query);
      return shard === 'S0'
        ? { ...page, entries: [...page.entries, { stackId: 'stack-3', dueAt: 1 }] }
        : page;
    },
  };
  expect((await list(world)).ids.sort()).toEqual(all.filter((id) => id !== 'stack-3'));
});

test('no stacks: one empty page', async () => {
  expect(await list(new World())).toEqual({ ids: [], pages: [0] });
});

test.each([
  '',
  'hello',
  Buffer.from('{"shard":32}').toString('base64url'),
  Buffer.from('{"shard":0,"x":1}').toString('base64url'),
])('a nextToken that is not from an earlier answer is refused: %j', async (nextToken) => {
  expect(await new World().command({ command: 'ListStacks', nextToken })).toMatchObject({
    ok: false,
    error: { code: 'ValidationError', message: 'nextToken must be one from an earlier answer' },
  });
});
