/**
 * P6, P8: engines as processes that are killed, stopped and told to end in the middle of their
 * work.
 */
import { describe, expect, test } from 'vitest';
import type { ResourceActionStatusChange } from '../../../contract/index.ts';
import { startEngine } from './support/engines.ts';
import { observeResources } from './support/observer.ts';
import {
  allBecome,
  becomes,
  dispatch,
  getResource,
  MANY_ATTEMPTS,
  resourcesOf,
} from './support/resources.ts';
import { ended, start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

const HEARTBEAT = { heartbeatSeconds: 15, retry: { ...MANY_ATTEMPTS, maxAttempts: 3 } };

const summary = ({ attempt, phase, status, cause, engineId }: ResourceActionStatusChange) =>
  [attempt, phase ?? status, cause, engineId].filter((part) => part !== undefined).join(' ');

describe.concurrent('an engine', () => {
  test('that is killed with SIGKILL in the middle of a resource: ENGINE_LOST, and another engine finishes', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const events = await observeResources(resourceType);
    const stack = await start(600);
    const first = await startEngine(queueUrl);
    const server = await dispatch(stack, 'server', { ...HEARTBEAT, resourceType, input: { seconds: 20 } });
    await first.says({ type: 'began', resource: 'server', attempt: 1 });
    first.send('SIGKILL');
    expect(await first.ended).toEqual([null, 'SIGKILL']);
    const orphan = await getResource(stack.stackId, 'server');
    expect(orphan.resource).toMatchObject({ phase: 'RUNNING', attempt: 1, engineId: first.engineId });

    const second = await startEngine(queueUrl);
    await becomes(server, { attempt: 2 });
    expect(Date.now(), 'P1 never early').toBeGreaterThan(Date.parse(orphan.resource.heartbeatDeadline ?? ''));
    await becomes(server, { status: 'COMPLETE', attempt: 2, engineId: second.engineId });
    expect((await getResource(stack.stackId, 'server')).output).toEqual({
      doneBy: second.engineId,
      attempt: 2,
    });
    // An engine is noticed as lost when its next attempt is due already: there may be no BACKOFF to
    // be seen.
    await events((all) =>
      expect(all.map(summary).filter((line) => !line.includes('BACKOFF'))).toEqual([
        '1 QUEUED',
        `1 RUNNING ${first.engineId}`,
        '2 QUEUED ENGINE_LOST',
        `2 RUNNING ${second.engineId}`,
        `2 COMPLETE REPORTED ${second.engineId}`,
      ]),
    );
  });

  test('that comes back from SIGSTOP as a zombie: it is told to stop, its completion is refused, nothing changes', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    const zombie = await startEngine(queueUrl, { engineId: 'zombie' });
    const fields = { ...HEARTBEAT, resourceType };
    // One is under way when the zombie comes back, and goes on; the other has ended meanwhile.
    await dispatch(stack, 'long', { ...fields, input: { seconds: [60, 20], stubborn: true } });
    await dispatch(stack, 'short', { ...fields, input: { seconds: [10, 20] } });
    await zombie.says({ type: 'began', resource: 'long' });
    await zombie.says({ type: 'began', resource: 'short' });
    zombie.send('SIGSTOP');
    await allBecome(stack.stackId, { attempt: 2 });
    await startEngine(queueUrl, { engineId: 'heir' });
    await allBecome(stack.stackId, { phase: 'RUNNING', attempt: 2, engineId: 'heir' });

    zombie.send('SIGCONT');
    await zombie.says({ type: 'told', resource: 'long', attempt: 1, code: 'AttemptLost' });
    await zombie.says({ type: 'lost', resource: 'long', attempt: 1 });
    await zombie.says({ type: 'lost', resource: 'short', attempt: 1 });
    expect(zombie.count({ type: 'completed' })).toBe(0);
    await allBecome(stack.stackId, { status: 'COMPLETE', attempt: 2, engineId: 'heir' });
    for (const resource of ['long', 'short']) {
      const { output } = await getResource(stack.stackId, resource);
      expect(output).toEqual({ doneBy: 'heir', attempt: 2 });
    }
  });

  test('that is told to end by SIGTERM: a graceful shut-down consumes no attempt', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const events = await observeResources(resourceType);
    const stack = await start(600);
    const first = await startEngine(queueUrl, { shutdownSeconds: 0 });
    const server = await dispatch(stack, 'server', {
      heartbeatSeconds: 30,
      resourceType,
      input: { seconds: 10 },
    });
    await first.says({ type: 'began', attempt: 1 });
    first.send('SIGTERM');
    await first.says({ type: 'told', code: 'ShuttingDown' });
    await first.says({ type: 'released' });
    expect(await first.ended).toEqual([0, null]);
    expect((await getResource(stack.stackId, 'server')).resource).toMatchObject({
      phase: 'QUEUED',
      attempt: 1,
      maxAttempts: 1,
    });

    const second = await startEngine(queueUrl);
    await becomes(server, { status: 'COMPLETE', attempt: 1, engineId: second.engineId });
    await events((all) =>
      expect(all.map(summary)).toEqual([
        '1 QUEUED',
        `1 RUNNING ${first.engineId}`,
        '1 QUEUED',
        `1 RUNNING ${second.engineId}`,
        `1 COMPLETE REPORTED ${second.engineId}`,
      ]),
    );
  });

  test('that finishes what it does in time after SIGTERM reports it, and takes nothing new', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    const engine = await startEngine(queueUrl, { concurrency: 1, shutdownSeconds: 60 });
    const fields = { heartbeatSeconds: 30, resourceType, input: { seconds: 8 } };
    await dispatch(stack, 'begun', fields);
    await engine.says({ type: 'began' });
    await dispatch(stack, 'waiting', fields);
    engine.send('SIGTERM');
    expect(await engine.ended).toEqual([0, null]);
    const [begun, waiting] = await resourcesOf(stack.stackId);
    expect(begun).toMatchObject({ status: 'COMPLETE', attempt: 1 });
    expect(waiting).toMatchObject({ phase: 'QUEUED', attempt: 1 });
  });

  test('that reports a failure and dies at once: FAIL_OPERATION all the same', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    const engine = await startEngine(queueUrl, { diesAfterFailure: true });
    const running = { resourceType, heartbeatSeconds: 60, input: { seconds: 300 } };
    await dispatch(stack, 'sibling', running);
    await engine.says({ type: 'began', resource: 'sibling' });
    await dispatch(stack, 'nobody-does-it', { resourceType: 'Test::Nobody' });
    await dispatch(stack, 'server', { resourceType, input: { failures: 1 } });
    expect(await engine.ended).toEqual([null, 'SIGKILL']);

    const end = await ended(stack.stackId);
    expect(end).toMatchObject({ status: 'FAILED', cause: 'RESOURCE_FAILED' });
    expect(end.statusReason).toContain('server: simulated failure of attempt 1');
    await becomes({ ...stack, resource: 'sibling' }, { status: 'FAILED', cause: 'CANCELLED' });
    await becomes({ ...stack, resource: 'nobody-does-it' }, { status: 'FAILED', cause: 'CANCELLED' });
    await becomes({ ...stack, resource: 'server' }, { status: 'FAILED', cause: 'REPORTED' });
  });
});
