import { describe, expect, test } from 'vitest';
import type { AnswerOf } from '../../../../contract/index.ts';
import { ENDED_SHARDS } from '../../../../lambdas/domain/timer.ts';
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

describe('those that have ended', () => {
  /** Stacks that ended one after the other, each a second after the one before. */
  async function ended(
    ids: readonly string[],
    harness = new TestHarness(),
    gap = 1000,
  ): Promise<TestHarness> {
    for (const stackId of ids) {
      await harness.start(stackId, 3600);
      harness.clock.advance(gap);
      await harness.command({ command: 'CancelOperation', stackId, operationId: 'op-1' });
    }
    return harness;
  }
  const names = (count: number) => Array.from({ length: count }, (_, n) => `stack-${n}`);
  const complete = (stackId: string, operationId = 'op-1') =>
    ({ command: 'CompleteOperation', stackId, operationId, status: 'COMPLETE' }) as const;

  async function pagesOf(harness: TestHarness, fields: object): Promise<string[][]> {
    const pages: string[][] = [];
    let nextToken: string | undefined;
    do {
      const request = { command: 'ListStacks', ...fields, ...(nextToken !== undefined && { nextToken }) };
      const answer = (await harness.command(request)) as List;
      expect(answer).toMatchObject({ ok: true });
      pages.push(answer.stacks.map(({ stackId }) => stackId));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return pages;
  }

  test.each([1, 3, 7, 69, 70, 71, 100])(
    'are listed once each, newest first over all shards, with pages of %d',
    async (limit) => {
      const harness = await ended(names(70));
      const pages = await pagesOf(harness, { status: 'FAILED', limit });
      expect(pages.flat()).toEqual(names(70).reverse());
      expect(pages.map(({ length }) => length)).toEqual(
        Array.from({ length: Math.ceil(70 / limit) }, (_, n) => Math.min(limit, 70 - n * limit)),
      );
    },
  );

  test('a page asks each of the 32 shards once, whatever more there is', async () => {
    const harness = await ended(names(70));
    const { index } = harness.deps;
    let queries = 0;
    harness.deps.index = {
      list: (shard, query) => {
        queries++;
        return index.list(shard, query);
      },
    };
    await harness.command({ command: 'ListStacks', status: 'FAILED', limit: 2 });
    expect(queries).toBe(32);
  });

  test('in the same millisecond come by their ids, each once', async () => {
    const harness = await ended(names(300), new TestHarness(), 0);
    const pages = await pagesOf(harness, { status: 'FAILED', limit: 2 });
    expect(pages.flat()).toEqual(names(300).sort());
  });

  test('are told apart by their status, and from those in progress', async () => {
    const harness = await ended(['failed']);
    for (const stackId of ['complete', 'running']) await harness.start(stackId, 3600);
    await harness.command(complete('complete'));
    expect(await pagesOf(harness, { status: 'FAILED' })).toEqual([['failed']]);
    expect(await pagesOf(harness, { status: 'COMPLETE' })).toEqual([['complete']]);
    expect(await pagesOf(harness, { status: 'IN_PROGRESS' })).toEqual([['running']]);
    expect(await pagesOf(harness, {})).toEqual([['running']]);
  });

  test('only since a time, the millisecond itself included', async () => {
    const harness = await ended(names(5));
    const since = new Date(harness.table.rows.get('stack-2')?.startedAt ?? 0).toISOString();
    const end = new Date(Date.parse(since) + 1000).toISOString();
    const pages = (from: string) => pagesOf(harness, { status: 'FAILED', since: from, limit: 2 });
    expect(await pages(end)).toEqual([['stack-4', 'stack-3'], ['stack-2']]);
    expect(await pages(new Date(Date.parse(end) + 1).toISOString())).toEqual([['stack-4', 'stack-3']]);
  });

  test.each([{}, { status: 'IN_PROGRESS' }])('since is refused with %j', async (fields) => {
    const since = '2026-01-31T12:00:00.000Z';
    expect(await new TestHarness().command({ command: 'ListStacks', since, ...fields })).toMatchObject({
      ok: false,
      error: { code: 'ValidationError', message: expect.stringMatching(/^since must come with status/) },
    });
  });

  test('a stack that has started again is gone; one that ends meanwhile changes no later page', async () => {
    const harness = await ended(names(4));
    const first = (await harness.command({ command: 'ListStacks', status: 'FAILED', limit: 2 })) as List;
    await ended(['new'], harness);
    await harness.start('stack-1', 3600, { operationId: 'op-2' });
    const { nextToken } = first;
    const second = await harness.command({ command: 'ListStacks', status: 'FAILED', limit: 2, nextToken });
    expect(second).toMatchObject({ ok: true, stacks: [{ stackId: 'stack-0' }] });
    expect(second).not.toHaveProperty('nextToken');
    expect(await pagesOf(harness, { status: 'FAILED' })).toEqual([['new', 'stack-3', 'stack-2', 'stack-0']]);
  });

  test('what the index still names is left out when it runs, ended otherwise, or has expired', async () => {
    const harness = await ended(names(4));
    const stale = await harness.table.list('F31', { limit: 10 });
    expect(stale.entries.map(({ stackId }) => stackId)).toEqual(['stack-1', 'stack-2']);
    const index = { ...harness.table, list: harness.table.list.bind(harness.table) };
    await harness.start('stack-1', 3600, { operationId: 'op-2' });
    harness.deps.index = {
      list: async (shard, query) => (shard === 'F31' ? stale : index.list(shard, query)),
    };
    expect(await pagesOf(harness, { status: 'FAILED' })).toEqual([['stack-3', 'stack-2', 'stack-0']]);
    await harness.command(complete('stack-1', 'op-2'));
    expect(await pagesOf(harness, { status: 'FAILED' })).toEqual([['stack-3', 'stack-2', 'stack-0']]);
    harness.clock.advance(harness.deps.retention - 3000);
    expect(await pagesOf(harness, { status: 'FAILED' })).toEqual([['stack-3', 'stack-2']]);
  });

  test('one that ended again behind a lagging index is on no later page: that is older', async () => {
    const harness = await ended(names(4));
    const first = (await harness.command({ command: 'ListStacks', status: 'FAILED', limit: 2 })) as List;
    expect(first.stacks.map(({ stackId }) => stackId)).toEqual(['stack-3', 'stack-2']);
    const before = new Map(
      await Promise.all(
        ENDED_SHARDS.FAILED.map(
          async (shard) => [shard, await harness.table.list(shard, { limit: 10 })] as const,
        ),
      ),
    );
    await harness.start('stack-1', 3600, { operationId: 'op-2' });
    await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-2' });
    const { list } = harness.table;
    const { nextToken } = first;
    harness.deps.index = {
      list: async (shard, query) => {
        const { entries } = before.get(shard) ?? (await list.call(harness.table, shard, query));
        return {
          entries: entries.filter(({ dueAt }) => dueAt < (query.dueBefore ?? Infinity)).toReversed(),
          more: false,
        };
      },
    };
    expect(
      await harness.command({ command: 'ListStacks', status: 'FAILED', limit: 2, nextToken }),
    ).toMatchObject({ stacks: [{ stackId: 'stack-0' }] });
  });

  test('a page below since is empty: whoever counts since from now asks so for the last one', async () => {
    const harness = await ended(names(3));
    const { nextToken } = (await harness.command({
      command: 'ListStacks',
      status: 'FAILED',
      limit: 2,
    })) as List;
    const since = new Date(harness.clock.now()).toISOString();
    expect(await harness.command({ command: 'ListStacks', status: 'FAILED', since, nextToken })).toEqual({
      ok: true,
      stacks: [],
    });
  });

  test.each([
    '',
    Buffer.from('{"shard":0}').toString('base64url'),
    Buffer.from(`{"endedAt":${Number.MAX_SAFE_INTEGER},"stackId":"a"}`).toString('base64url'),
  ])('a nextToken of another listing is refused: %j', async (nextToken) => {
    const request = { command: 'ListStacks', status: 'FAILED', nextToken };
    expect(await new TestHarness().command(request)).toMatchObject({
      error: { code: 'ValidationError', message: 'nextToken must be one from an earlier answer' },
    });
  });
});
