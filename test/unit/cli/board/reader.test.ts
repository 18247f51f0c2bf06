/** What the board reads of the service, and how often. */
import { describe, expect, test } from 'vitest';
import type { StackView } from '../../../../cli/board/view.ts';
import { setUp } from './set-up.ts';

describe('what is shown', () => {
  test('nothing is read while nobody asks', () => {
    expect(setUp().service.totalCalls).toBe(0);
  });

  test('stacks by deadline, with the work of those that are in sight', async () => {
    const { service, overview, later } = setUp();
    service.put('late', { deadline: '2026-11-29T15:00:00.000Z' });
    service.put('soon', { deadline: '2026-11-29T12:10:00.000Z' });
    service.put('overdue', { deadline: '2026-11-29T11:59:00.000Z' });
    service.work('soon', 'server');
    service.work('soon', 'volume', { phase: 'QUEUED' });
    await overview();
    const shown = await later();
    expect(shown.inProgress.items.map(({ stackId }) => stackId)).toEqual(['overdue', 'soon', 'late']);
    expect(shown.inProgress.items[1]?.work).toMatchObject({ total: 2, running: 1, queued: 1 });
    expect(shown.numbers).toMatchObject({ inProgress: 3, dueWithinHour: 1, overdue: 1, failed: 0 });
    expect(shown.work).toEqual({ stacks: 3, waiting: 1, running: 1, engines: ['engine-1'] });
    expect(shown.hour.counts.reduce((a, b) => a + b, 0)).toBe(1);
    expect(shown.hour.counts[10]).toBe(1);
  });

  test('the work of stacks out of sight is read bit by bit', async () => {
    const { service, overview, later } = setUp();
    for (let n = 0; n < 45; n++) {
      service.put(`web-${n}`);
      service.work(`web-${n}`, 'server', { phase: 'QUEUED' });
    }
    service.work('web-9', 'volume', { engineId: 'engine-9' });
    await overview();
    for (let look = 0; look < 6; look++) await later();
    expect((await later()).work).toMatchObject({ stacks: 45, waiting: 45 });
    service.end('web-9');
    await later();
    expect((await later()).work).toEqual({ stacks: 44, waiting: 44, running: 0, engines: [] });
  });

  test('filters and pages', async () => {
    const { service, overview } = setUp();
    for (let n = 0; n < 45; n++) service.put(`web-${String(n).padStart(2, '0')}`);
    service.put('Database', { deadline: '2026-11-30T12:00:00.000Z' });
    expect((await overview()).inProgress).toMatchObject({ page: 1, pages: 3, count: 46 });
    expect((await overview('?page=3')).inProgress.items).toHaveLength(6);
    expect((await overview('?page=9')).inProgress).toMatchObject({ page: 3 });
    expect((await overview('?search=DATA')).inProgress.items).toMatchObject([{ stackId: 'Database' }]);
    expect((await overview('?show=overdue')).inProgress.count).toBe(0);
  });

  test.each([
    ['FAILED', { inProgress: 0, failed: 1, timedOut: 1 }],
    ['COMPLETE', { inProgress: 0, failed: 0, timedOut: 0 }],
  ] as const)(
    'an operation that ends %s is seen at the next look, whatever page it is on',
    async (status, numbers) => {
      const { service, overview, later } = setUp();
      for (let n = 0; n < 2500; n++) service.put(`other-${n}`);
      service.put('zzz');
      await overview();
      await later();
      const before = (await later()).numbers.inProgress;
      expect(before).toBe(2501);
      service.end('zzz', { status, cause: status === 'FAILED' ? 'TIMEOUT' : 'REPORTED' });
      expect((await later()).numbers).toMatchObject({ ...numbers, inProgress: 2500 });
      // The round that had read it before it ended does not revive it.
      expect((await later()).numbers).toMatchObject({ ...numbers, inProgress: 2500 });
    },
  );

  test('a stack that starts again after it failed is in progress', async () => {
    const { service, overview, later } = setUp();
    service.put('web');
    service.end('web');
    expect((await overview()).numbers).toMatchObject({ inProgress: 0, failed: 1 });
    service.put('web', { operationId: 'op-2', startedAt: '2026-11-29T12:00:01.000Z', version: 3 });
    expect((await later()).numbers).toMatchObject({ inProgress: 1, failed: 0 });
  });

  test('a stack that is gone without a word is forgotten after two rounds', async () => {
    const { service, overview, later } = setUp();
    service.put('web');
    await overview();
    service.stacks.delete('web');
    await later('?search=nothing');
    await later('?search=nothing');
    expect((await later('?search=nothing')).numbers.inProgress).toBe(0);
  });

  test('what failed is kept for a day', async () => {
    const { service, overview, later } = setUp();
    service.put('web');
    service.end('web');
    expect((await overview()).numbers.failed).toBe(1);
    service.now += 86_400_000;
    expect((await later()).numbers.failed).toBe(0);
  });

  test('thousands that failed before are counted up to a bound', async () => {
    const { service, overview, later } = setUp();
    for (let n = 0; n < 3000; n++) {
      service.put(`web-${n}`);
      service.end(`web-${n}`, { endedAt: new Date(service.now - 3_600_000 - n).toISOString() });
    }
    await overview();
    for (let look = 0; look < 6; look++) await later();
    const { numbers, failed } = await later();
    expect(numbers).toMatchObject({ failed: 2000, moreFailed: true });
    expect(failed.items[0]?.stackId).toBe('web-0');
  });
});

describe('when the service does not answer', () => {
  test('what was known is shown, with the reason, until it answers again', async () => {
    const { service, overview, later } = setUp();
    service.put('web');
    await overview();
    service.failure = new Error('no route to host');
    const failing = await later();
    expect(failing).toMatchObject({
      numbers: { inProgress: 1 },
      failure: { message: 'no route to host', since: '2026-11-29T12:00:02.000Z' },
    });
    expect((await later()).failure?.since).toBe('2026-11-29T12:00:02.000Z');
    service.failure = undefined;
    service.end('web');
    const again = await later();
    expect(again.failure).toBeUndefined();
    expect(again.numbers).toMatchObject({ inProgress: 0, failed: 1 });
  });

  test('from the start: its health is read all the same', async () => {
    const { service, overview } = setUp();
    service.failure = new Error('no route to host');
    await overview();
    const { failure, health } = await overview();
    expect(failure?.message).toBe('no route to host');
    expect(health.workQueue).toEqual({ state: 'read', value: 3 });
  });

  test('in the middle of a history: it is read from the start again', async () => {
    const { service, request } = setUp();
    service.put('web');
    service.history = Array.from({ length: 250 }, (_, n) => ({
      stackId: 'web',
      operationId: 'op-1',
      action: 'CREATE',
      transition: 'START',
      status: 'IN_PROGRESS',
      statusReason: '',
      at: new Date(service.now - n).toISOString(),
      version: n,
    }));
    service.failsAfter = { GetHistory: 2 };
    const read = async () => (await (await request('/api/stack?stack=web')).json()) as StackView;
    expect(await read()).toMatchObject({ history: [], historyFailure: 'no route to host' });
    delete service.failsAfter.GetHistory;
    service.now += 2000;
    expect((await read()).history).toHaveLength(250);
  });

  test('a stack that is open is shown too', async () => {
    const { service, request } = setUp();
    service.put('web');
    await request('/api/stack?stack=web');
    service.failure = new Error('no route to host');
    service.now += 2000;
    expect(await (await request('/api/stack?stack=web')).json()).toMatchObject({
      stack: { stackId: 'web' },
      failure: { message: 'no route to host' },
      historyFailure: 'no route to host',
    });
  });
});

describe('calls', () => {
  /** The calls of a minute, with a browser that asks each 2 s. */
  async function callsAMinute(stacks: number, query = ''): Promise<Record<string, number>> {
    const { service, overview, later } = setUp();
    for (let n = 0; n < stacks; n++) service.put(`web-${n}`);
    await overview(query);
    for (let n = 0; n < 60; n++) await later(query);
    for (const name of Object.keys(service.calls)) service.calls[name] = 0;
    for (let n = 0; n < 30; n++) await later(query);
    const total = service.totalCalls;
    console.log(`${stacks} stacks in progress: ${total} calls a minute ${JSON.stringify(service.calls)}`);
    return { total, ...service.calls };
  }

  test.each([
    [0, 90, 0],
    [20, 90, 600],
    // 20 in sight, and 5 of the others.
    [1000, 360, 750],
    [10_000, 388, 750],
  ])('%i stacks in progress: %i pages and %i stacks a minute', async (stacks, pages, single) => {
    expect(await callsAMinute(stacks)).toMatchObject({
      ListStacks: pages,
      ...(single > 0 && { GetStack: single }),
      total: pages + single,
    });
  });

  test('1 000 stacks are read at each look, 10 000 in nine of them', async () => {
    const { service, reader, overview, later } = setUp();
    for (let n = 0; n < 10_000; n++) service.put(`web-${n}`);
    await reader.refresh();
    expect(await overview()).toMatchObject({ complete: false, numbers: { inProgress: 1200 } });
    for (let n = 0; n < 8; n++) {
      service.now += 2000;
      await reader.refresh();
    }
    expect(await later()).toMatchObject({ complete: true, numbers: { inProgress: 10_000 } });
  });

  test('two browsers that show the same cost no more than one', async () => {
    const { service, overview } = setUp();
    for (let n = 0; n < 100; n++) service.put(`web-${n}`);
    await overview();
    await overview();
    const before = service.totalCalls;
    await Promise.all([overview(), overview(), overview()]);
    expect(service.totalCalls).toBe(before);
  });

  test('of a long history only what is new is read', async () => {
    const { service, request } = setUp();
    service.put('web');
    const entry = (n: number) => ({
      stackId: 'web',
      operationId: 'op-1',
      resource: `r-${n}`,
      action: 'CREATE' as const,
      transition: 'DISPATCH',
      status: 'IN_PROGRESS' as const,
      statusReason: '',
      at: new Date(service.now - 100_000 + n).toISOString(),
      version: 1,
    });
    service.history = Array.from({ length: 950 }, (_, n) => entry(n));
    const read = async () => (await (await request('/api/stack?stack=web')).json()) as { history: unknown[] };
    expect((await read()).history).toHaveLength(950);
    expect(service.calls.GetHistory).toBe(10);
    service.history.push(entry(951));
    service.now += 2000;
    expect((await read()).history).toHaveLength(951);
    expect(service.calls.GetHistory).toBe(11);
  });
});
