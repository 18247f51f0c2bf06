/** P15: what happened can be read afterwards. */
import { expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import type { HistoryEntry, Stack } from '../../../contract/index.ts';
import { eventually } from '../../../local/eventually.ts';
import { unique } from './support/aws.ts';
import { observeResources } from './support/observer.ts';
import { becomes, dispatch, MANY_ATTEMPTS } from './support/resources.ts';
import { client, start, timedOut } from './support/stacks.ts';

/** All entries of the stack, the oldest first, as soon as the last one is this change of the operation. */
async function historyOf(
  { stackId, operationId }: Pick<Stack, 'stackId' | 'operationId'>,
  last: string,
): Promise<HistoryEntry[]> {
  return eventually(async () => {
    const entries: HistoryEntry[] = [];
    for await (const entry of client.history({ stackId, limit: 3 })) entries.unshift(entry);
    const newest = entries.at(-1);
    expect(newest).toMatchObject({ operationId, transition: last });
    expect(newest?.resource).toBeUndefined();
    return entries;
  });
}

const summary = (entries: readonly HistoryEntry[]) =>
  entries.map(({ transition, attempt, engineId, cause }) =>
    [transition, attempt, engineId, cause].filter((one) => one !== undefined).join(' '),
  );

test('an attempt whose engine is lost, the next one, and the end: each with its engine', async () => {
  const resourceType = unique('Test::History');
  const events = await observeResources(resourceType);
  const stack = await start(600);
  const { stackId, operationId } = stack;
  await dispatch(stack, 'server', { resourceType, heartbeatSeconds: 3, retry: MANY_ATTEMPTS });
  const server = { stackId, operationId, resource: 'server' };
  const claim = (attempt: number) => ({ ...server, attempt, claimId: `claim-${attempt}` });
  accepted(await client.claimResource({ ...claim(1), engineId: 'engine-1' }));
  await becomes(server, { phase: 'QUEUED', attempt: 2 });
  accepted(await client.claimResource({ ...claim(2), engineId: 'engine-2' }));
  accepted(await client.completeResource({ ...claim(2), status: 'COMPLETE', reason: 'done' }));
  accepted(await client.completeOperation({ stackId, operationId, status: 'COMPLETE' }));

  const ofStack = await historyOf(stack, 'COMPLETE');
  const entries = ofStack.filter(({ resource }) => resource === 'server');
  expect(summary(ofStack)[0]).toBe('START');
  expect(ofStack.at(-1)).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
  expect(ofStack).toHaveLength(entries.length + 2);
  // Offered at once or after a moment, as late as the loss was noticed.
  expect(summary(entries).filter((one) => one !== 'RETRY 2')).toEqual([
    'DISPATCH 1',
    'CLAIM 1 engine-1',
    'ENGINE_LOST 1 engine-1 ENGINE_LOST',
    'CLAIM 2 engine-2',
    'COMPLETE 2 engine-2 REPORTED',
  ]);
  const lost = entries.find(({ transition }) => transition === 'ENGINE_LOST');
  expect(lost).toMatchObject({ timeout: 'HEARTBEAT', statusReason: expect.stringContaining('engine-1') });
  expect(lost?.latenessMs).toBeGreaterThanOrEqual(0);

  const published = await events((seen) => expect(seen).toHaveLength(entries.length));
  const ids = entries.map(
    ({ version, transition }) => `${stackId}/${operationId}/server/${version}/${transition}`,
  );
  expect(published.map(({ id }) => id).sort(), 'an entry for each event').toEqual(ids.sort());
  const { history } = accepted(await client.getHistory({ stackId, resource: 'server' }));
  expect(history.toReversed()).toEqual(entries);
});

test('how late a timeout was, also when the next operation runs', async () => {
  const stack = await start(2);
  const { endedAt, deadline } = await timedOut(stack);
  const next = { ...stack, operationId: unique('op') };
  const { stackId, operationId, action } = next;
  accepted(await client.startOperation({ stackId, operationId, action, timeoutSeconds: 600 }));
  const entries = await historyOf(next, 'START');
  expect(summary(entries)).toEqual(['START', 'TIMEOUT TIMEOUT', 'START']);
  expect(entries[1]).toMatchObject({
    at: endedAt,
    operationId: stack.operationId,
    statusReason: 'Timed out',
    latenessMs: Date.parse(endedAt ?? '') - Date.parse(deadline),
  });
});
