/** Resource actions on the deployed system: their timeouts, retries and payloads. */
import { describe, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { MAX_PAYLOAD_BYTES } from '../../../contract/fields.ts';
import type { ResourceAction, Stack } from '../../../contract/index.ts';
import { unique } from './support/aws.ts';
import { startEngine } from './support/engines.ts';
import { observeResources } from './support/observer.ts';
import {
  becomes,
  dispatch,
  getResource,
  MANY_ATTEMPTS,
  START_TO_CLOSE_SECONDS,
  timesOut,
} from './support/resources.ts';
import { client, ended, get, start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

const CLAIM_ID = 'claim-1';

/** The test as an engine that claims an attempt. */
async function claim({ stackId, operationId, resource, attempt }: ResourceAction) {
  const own = { stackId, operationId, resource, attempt, claimId: CLAIM_ID };
  return { own, claimed: accepted(await client.claimResource({ ...own, engineId: 'test' })) };
}

/** The operation is still in progress. */
const goesOn = async ({ stackId, version }: Stack) =>
  expect(await get(stackId)).toMatchObject({ status: 'IN_PROGRESS', version });

describe.concurrent('a resource action', () => {
  test('that no engine claims in time (scheduleToStart): NO_ENGINE, final, and its operation fails', async () => {
    const stack = await start(600);
    const fields = { scheduleToStartSeconds: 3, retry: MANY_ATTEMPTS };
    const server = await dispatch(stack, 'server', fields);
    const end = await timesOut(server, server.startDeadline, {
      status: 'FAILED',
      cause: 'NO_ENGINE',
      attempt: 1,
    });
    expect(end.statusReason).toBe('No engine claimed resource CREATE in time');
    expect(await ended(stack.stackId)).toMatchObject({
      status: 'FAILED',
      cause: 'RESOURCE_FAILED',
      statusReason: `Resource CREATE failed: server: ${end.statusReason}`,
    });
  });

  test('whose attempts take too long (startToClose): each is a TIMEOUT, and then it FAILED', async () => {
    const stack = await start(600);
    const retry = { maxAttempts: 2, intervalSeconds: 1, jitter: 'NONE' } as const;
    const server = await dispatch(stack, 'server', { startToCloseSeconds: 2, retry });
    await claim(server);
    const second = await becomes(server, { phase: 'QUEUED', attempt: 2, cause: 'TIMEOUT' });
    const { claimed } = await claim(second);
    const { attemptDeadline } = claimed.resource;
    const end = await timesOut(server, attemptDeadline, { status: 'FAILED', cause: 'TIMEOUT', attempt: 2 });
    expect(end).toMatchObject({ statusReason: 'Timed out', maxAttempts: 2, engineId: 'test' });
    expect(await ended(stack.stackId)).toMatchObject({ cause: 'RESOURCE_FAILED' });
  });

  test('that takes too long in all its attempts together (scheduleToClose): no attempt comes after that', async () => {
    const stack = await start(600);
    const server = await dispatch(stack, 'server', {
      startToCloseSeconds: 4,
      // However slow the endpoint is, the second attempt comes before this.
      scheduleToCloseSeconds: 4 + 1 + 40,
      retry: MANY_ATTEMPTS,
    });
    await claim(server);
    await becomes(server, { attempt: 2 });
    await timesOut(server, server.finalDeadline, { status: 'FAILED', cause: 'TIMEOUT', attempt: 2 });
  });

  test('with onFailure CONTINUE: its operation goes on', async () => {
    const stack = await start(600);
    const server = await dispatch(stack, 'server', { onFailure: 'CONTINUE' });
    const { own } = await claim(server);
    const report = { ...own, status: 'FAILED', reason: 'quota exceeded' } as const;
    accepted(await client.completeResource(report));
    // What would fail the operation comes by the same way as this event.
    const events = await observeResources('Test::Continue');
    await dispatch(stack, 'other', { resourceType: 'Test::Continue' });
    await events((all) => expect(all.length).toBeGreaterThan(0));
    await goesOn(stack);
    expect((await getResource(stack.stackId, 'server')).resource).toMatchObject({
      status: 'FAILED',
      cause: 'REPORTED',
      statusReason: 'quota exceeded',
    });
  });

  test('that fails twice and then succeeds: with a backoff between', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const events = await observeResources(resourceType);
    const stack = await start(600);
    await startEngine(queueUrl);
    const retry = { maxAttempts: 5, intervalSeconds: 2, backoffRate: 2, jitter: 'NONE' } as const;
    const server = await dispatch(stack, 'server', { resourceType, retry, input: { failures: 2 } });
    await becomes(server, { status: 'COMPLETE', attempt: 3 });
    const all = await events((seen) =>
      expect(seen.map(({ phase, status, attempt }) => `${attempt} ${phase ?? status}`)).toEqual([
        ...['1 QUEUED', '1 RUNNING', '1 BACKOFF', '2 QUEUED', '2 RUNNING', '2 BACKOFF'],
        ...['3 QUEUED', '3 RUNNING', '3 COMPLETE'],
      ]),
    );
    expect(all[2]).toMatchObject({ cause: 'REPORTED', statusReason: 'simulated failure of attempt 1' });
    for (const [backoff, next] of [
      [all[2], all[4]],
      [all[5], all[7]],
    ]) {
      const claimedAt = Date.parse(next?.attemptDeadline ?? '') - START_TO_CLOSE_SECONDS * 1000;
      expect(claimedAt, 'P1 never early').toBeGreaterThanOrEqual(Date.parse(backoff?.retryAt ?? ''));
    }
    await goesOn(stack);
  });

  test('whose failure is not retryable: FAILED, though attempts are left', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    await startEngine(queueUrl);
    const input = { failures: 9, retryable: false };
    const server = await dispatch(stack, 'server', { resourceType, retry: MANY_ATTEMPTS, input });
    await becomes(server, { status: 'FAILED', cause: 'REPORTED', attempt: 1, maxAttempts: 20 });
    expect(await ended(stack.stackId)).toMatchObject({ cause: 'RESOURCE_FAILED' });
  });

  test('that is released: QUEUED again in the same attempt, and offered anew', async () => {
    const { resourceType } = await ownWork();
    const events = await observeResources(resourceType);
    const stack = await start(600);
    const server = await dispatch(stack, 'server', { resourceType });
    const { own } = await claim(server);
    const released = accepted(await client.releaseResource(own)).resource;
    expect(released).toMatchObject({ phase: 'QUEUED', attempt: 1 });
    expect(accepted(await client.releaseResource(own)).resource, 'repeated').toEqual(released);
    expect(await client.heartbeat(own)).toMatchObject({ error: { code: 'StaleAttempt' } });
    const again = await events((all) =>
      expect(all.filter(({ phase }) => phase === 'QUEUED')).toHaveLength(2),
    );
    expect(again.map(({ version, phase }) => `${version} ${phase}`)).toEqual([
      '1 QUEUED',
      '2 RUNNING',
      '3 QUEUED',
    ]);
    const other = { ...own, claimId: 'claim-2', engineId: 'other' };
    expect(accepted(await client.claimResource(other)).resource).toMatchObject({
      attempt: 1,
      engineId: 'other',
    });
  });

  test('with an input and an output of 64 KiB: both come back as they were', async () => {
    const stack = await start(600);
    const { stackId, operationId } = stack;
    const filled = (letter: string) => ({ [letter]: letter.repeat(MAX_PAYLOAD_BYTES - '{"x":""}'.length) });
    const [input, output] = [filled('i'), filled('o')];
    const request = {
      stackId,
      operationId,
      resource: 'server',
      action: 'CREATE',
      startToCloseSeconds: 60,
    } as const;
    const server = accepted(await client.dispatchResource({ ...request, input })).resource;
    const { own, claimed } = await claim(server);
    expect(claimed.input).toEqual(input);
    accepted(await client.completeResource({ ...own, status: 'COMPLETE', output }));
    expect(await getResource(stackId, 'server')).toMatchObject({ input, output });
    const larger = { ...request, resource: 'larger', input: { x: `${input.i}.` } };
    expect(await client.dispatchResource(larger)).toMatchObject({ error: { code: 'ValidationError' } });
  });

  test('of a stack that starts anew: the row goes over to the new operation, the old engine is refused', async () => {
    const stack = await start(600);
    const server = await dispatch(stack, 'server');
    const { own } = await claim(server);
    const next = { ...stack, operationId: unique('op') };
    const { stackId, operationId, action } = next;
    const supersede = { stackId, operationId, action, timeoutSeconds: 600, supersede: true };
    accepted(await client.startOperation(supersede));
    await dispatch(next, 'server');
    expect(await client.heartbeat(own)).toMatchObject({ error: { code: 'StaleOperation' } });
    const late = await client.completeResource({ ...own, status: 'COMPLETE' });
    expect(late).toMatchObject({ error: { code: 'StaleOperation' } });
    expect((await getResource(stackId, 'server')).resource).toMatchObject({ operationId, phase: 'QUEUED' });
  });
});
