/** Work that starts later, and work that is taken back, on the deployed system. */
import { describe, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { timerOf } from '../../../lambdas/domain/timer.ts';
import { eventually } from '../../../local/eventually.ts';
import { startEngine } from './support/engines.ts';
import { observeResources } from './support/observer.ts';
import { becomes, dispatch, getResource, resourceRow, START_TO_CLOSE_SECONDS } from './support/resources.ts';
import { BOUND_MS, client, get, hasSchedule, NEAR_HORIZON_SECONDS, start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

describe.concurrent('delayed work', () => {
  test('is DELAYED until its time, not to be claimed; then an engine gets it, and not before', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const events = await observeResources(resourceType);
    const stack = await start(600);
    await startEngine(queueUrl);
    const server = await dispatch(stack, 'server', { resourceType, delaySeconds: 5 });
    expect(server).toMatchObject({ phase: 'DELAYED', attempt: 1 });
    const { stackId, operationId, resource } = server;
    const claim = { stackId, operationId, resource, attempt: 1, claimId: 'claim-1', engineId: 'early' };
    expect(await client.claimResource(claim)).toMatchObject({
      ok: false,
      error: { code: 'NotClaimable', message: `server is DELAYED until ${server.queueAt}` },
    });
    await becomes(server, { status: 'COMPLETE' });
    const all = await events((seen) =>
      expect(seen.map(({ phase, status }) => phase ?? status)).toEqual([
        'DELAYED',
        'QUEUED',
        'RUNNING',
        'COMPLETE',
      ]),
    );
    expect(all[0]).toMatchObject({ queueAt: server.queueAt });
    const claimedAt = Date.parse(all[2]?.attemptDeadline ?? '') - START_TO_CLOSE_SECONDS * 1000;
    const late = claimedAt - Date.parse(server.queueAt ?? '');
    expect(late, 'P1 never early').toBeGreaterThanOrEqual(0);
    expect(late, 'P7 bounded lateness').toBeLessThan(BOUND_MS);
  });

  test('of later has a schedule; both end with its operation (P13)', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    const engine = await startEngine(queueUrl);
    const delaySeconds = NEAR_HORIZON_SECONDS + 60;
    const server = await dispatch(stack, 'server', { resourceType, delaySeconds });
    const row = await resourceRow(server);
    if (row.status !== 'IN_PROGRESS') throw new Error('not in progress');
    const timer = timerOf(row);
    await eventually(async () => expect(await hasSchedule(timer)).toBe(true), { within: 60_000 });
    accepted(await client.cancelOperation({ stackId: stack.stackId, operationId: stack.operationId }));
    await becomes(server, { status: 'FAILED', cause: 'CANCELLED' });
    await eventually(async () => expect(await hasSchedule(timer)).toBe(false), { within: BOUND_MS });
    expect(engine.count({ type: 'began' })).toBe(0);
  });
});

describe.concurrent('a resource action that is cancelled', () => {
  test('while an engine works on it: that is told to stop, and the operation goes on', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    const { stackId, operationId } = stack;
    const engine = await startEngine(queueUrl);
    const fields = { resourceType, heartbeatSeconds: 6, input: { seconds: 300 } };
    const server = await dispatch(stack, 'server', fields);
    await engine.says({ type: 'began', resource: 'server' });
    const cancel = { stackId, operationId, resource: 'server', reason: 'not needed' };
    const { resource } = accepted(await client.cancelResource(cancel));
    expect(resource).toMatchObject({
      status: 'FAILED',
      cause: 'CANCELLED',
      statusReason: 'not needed',
      engineId: engine.engineId,
    });
    await engine.says({ type: 'told', resource: 'server', code: 'AttemptLost' });
    await engine.says({ type: 'lost', resource: 'server', code: 'AttemptLost' });
    expect(accepted(await client.cancelResource(cancel)).resource, 'again').toEqual(resource);

    // What would fail the operation comes by the same way as this work, and before it.
    const other = await dispatch(stack, 'other', { resourceType });
    await becomes(other, { status: 'COMPLETE' });
    expect(await get(stackId)).toMatchObject({ status: 'IN_PROGRESS', version: stack.version });
    expect((await dispatch(stack, 'server', fields)).version, 'not done after all').toBe(resource.version);
    const { expiresAt = 0 } = (await resourceRow(server)) as { expiresAt?: number };
    expect(expiresAt, 'kept for its operation').toBeGreaterThan(Date.now() + 365 * 86_400_000);

    accepted(await client.completeOperation({ stackId, operationId, status: 'COMPLETE' }));
    await eventually(async () => expect(await resourceRow(server)).toMatchObject({ change: 'EXPIRE' }), {
      within: 30_000,
    });
    expect((await getResource(stackId, 'server')).resource).toEqual(resource);
  });

  test('before it is queued: no engine ever gets it', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const events = await observeResources(resourceType);
    const stack = await start(600);
    const { stackId, operationId } = stack;
    const engine = await startEngine(queueUrl);
    await dispatch(stack, 'server', { resourceType, delaySeconds: 5 });
    accepted(await client.cancelResource({ stackId, operationId, resource: 'server' }));
    // Of the same delay, so that the time of the cancelled one is over when this one is done.
    await becomes(await dispatch(stack, 'other', { resourceType, delaySeconds: 5 }), { status: 'COMPLETE' });
    expect(engine.count({ type: 'began', resource: 'server' })).toBe(0);
    const all = await events((seen) => expect(seen.length).toBeGreaterThanOrEqual(6));
    expect(
      all.filter(({ resource }) => resource === 'server').map(({ phase, cause }) => phase ?? cause),
    ).toEqual(['DELAYED', 'CANCELLED']);
  });
});
