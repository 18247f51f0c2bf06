import { beforeEach, describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../../../../contract/index.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 3600);
});

const getHistory = async (more: object = {}) => {
  const answer = await harness.command({ command: 'GetHistory', stackId: 'stack-1', ...more });
  if (answer.ok && !('history' in answer)) throw new Error('no history');
  return answer;
};
const history = async (more: object = {}): Promise<readonly HistoryEntry[]> => {
  const answer = await getHistory(more);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.history;
};
const summary = (entries: readonly HistoryEntry[]) =>
  entries.map(({ transition, attempt, engineId }) =>
    [transition, attempt, engineId].filter(Boolean).join(' '),
  );

/** Attempt 1 is lost with its engine, attempt 2 completes; then the operation does. */
async function happen(): Promise<void> {
  await server.dispatch({
    heartbeatSeconds: 30,
    retry: { maxAttempts: 2, intervalSeconds: 60, jitter: 'NONE' },
  });
  await server.claim();
  await harness.run(120);
  await server.claim('claim-2', 2);
  harness.clock.advance(1000);
  await server.complete({}, 'claim-2', 2);
  harness.clock.advance(1000);
  await harness.command({
    command: 'CompleteOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    status: 'COMPLETE',
  });
  await harness.tick();
}

const HAPPENED = [
  'COMPLETE',
  'COMPLETE 2 engine-of-claim-2',
  'CLAIM 2 engine-of-claim-2',
  'RETRY 2',
  'ENGINE_LOST 1 engine-of-claim-1',
  'CLAIM 1 engine-of-claim-1',
  'DISPATCH 1',
  'START',
];

describe('P15: what happened to a stack', () => {
  test('newest first, each attempt with its engine', async () => {
    await happen();
    expect(summary(await history())).toEqual(HAPPENED);
  });

  test('is still told when another operation has begun, and of that, too', async () => {
    await happen();
    await harness.start('stack-1', 60, { operationId: 'op-2' });
    await harness.tick();
    expect(summary(await history())).toEqual(['START', ...HAPPENED]);
    expect(summary(await history({ operationId: 'op-1' }))).toEqual(HAPPENED);
    expect(summary(await history({ operationId: 'op-2' }))).toEqual(['START']);
    expect(await history({ operationId: 'op-3' })).toEqual([]);
    expect(summary(await history({ resource: 'server' }))).toEqual(HAPPENED.slice(1, -1));
  });

  test('page by page', async () => {
    await happen();
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await getHistory({ limit: 3, ...(nextToken !== undefined && { nextToken }) });
      if (!page.ok) throw new Error(page.error.message);
      found.push(...summary(page.history));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found).toEqual(HAPPENED);
  });

  test.each(['', 'hello', Buffer.from('{"shard":0}').toString('base64url')])(
    'a nextToken that is not from an earlier answer is refused: %j',
    async (nextToken) => {
      expect(await getHistory({ nextToken })).toMatchObject({ error: { code: 'ValidationError' } });
    },
  );

  test('is nothing yet of a stack that has just begun, and nothing of one without a history', async () => {
    expect(await history()).toEqual([]);
    harness.deps.historyRetention = undefined;
    await harness.run(3601);
    expect(harness.table.rows.get('stack-1')?.status).toBe('FAILED');
    expect(await history()).toEqual([]);
  });

  test('may be read by a worker', async () => {
    await harness.tick();
    const answer = await harness.command({ command: 'GetHistory', stackId: 'stack-1' }, 'worker');
    expect(answer).toMatchObject({ ok: true, history: [{ transition: 'START' }] });
  });
});

describe('a stack is not found only if there is neither a row nor an entry', () => {
  const notFound = { error: { code: 'StackNotFound' } };

  test('that never was', async () => {
    expect(await getHistory({ stackId: 'stack-2' })).toMatchObject(notFound);
    expect(await getHistory({ stackId: 'stack-2', operationId: 'op-1' })).toMatchObject(notFound);
    expect(harness.telemetry.of('refused')).toMatchObject([
      { code: 'StackNotFound', subject: { command: 'GetHistory', stackId: 'stack-2' } },
      { code: 'StackNotFound', subject: { operationId: 'op-1' } },
    ]);
  });

  test('whose row has gone, while its entries are kept', async () => {
    await happen();
    harness.table.rows.clear();
    expect(summary(await history())).toEqual(HAPPENED);
    expect(await history({ operationId: 'op-2' }), 'it is the operation that is not known').toEqual([]);
    harness.clock.advance(harness.deps.historyRetention ?? 0);
    expect(await getHistory()).toMatchObject(notFound);
    expect(await getHistory({ operationId: 'op-1' })).toMatchObject(notFound);
  });
});

test('each read is told of', async () => {
  await harness.tick();
  await history({ operationId: 'op-1' });
  expect(harness.telemetry.of('historyRead')).toEqual([
    {
      kind: 'historyRead',
      subject: { command: 'GetHistory', stackId: 'stack-1', operationId: 'op-1' },
      entries: 1,
    },
  ]);
});
