/** P14: every status change is published, at least once, with a stable id. */
import { beforeAll, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import { unique } from './support/aws.ts';
import { type Envelope, observe, observeResources } from './support/observer.ts';
import { dispatch, getResource, resourcesOf } from './support/resources.ts';
import { client, start, timedOut } from './support/stacks.ts';

let eventsOf: Awaited<ReturnType<typeof observe>>['eventsOf'];
beforeAll(async () => {
  ({ eventsOf } = await observe());
});

const summary = ({ detail }: Envelope) =>
  `${detail.operationId} ${detail.previousStatus ?? '-'} -> ${detail.status} ${detail.cause ?? ''}`.trim();

test('a start and a timeout, with what GetStack shows', async () => {
  const stack = await start(2, { metadata: { owner: 'ops' } });
  const end = await timedOut(stack);
  const events = await eventsOf(stack.stackId, 2);
  expect(events.map(({ source, 'detail-type': type }) => `${source}: ${type}`)).toEqual(
    Array(2).fill('stack-timeouts: Stack Operation Status Change'),
  );
  expect(events.map(({ detail }) => detail)).toEqual([
    { ...stack, id: `${stack.stackId}/${stack.operationId}//1/START` },
    { ...end, id: `${stack.stackId}/${stack.operationId}//2/TIMEOUT`, previousStatus: 'IN_PROGRESS' },
  ]);
});

test('a supersede: the end of the old operation and the start of the new one', async () => {
  const { stackId, operationId, action } = await start(600);
  const next = unique('op');
  await client.startOperation({ stackId, operationId: next, action, timeoutSeconds: 600, supersede: true });
  await client.cancelOperation({ stackId, operationId: next });
  expect((await eventsOf(stackId, 4)).map(summary).sort()).toEqual(
    [
      `${operationId} - -> IN_PROGRESS`,
      `${operationId} IN_PROGRESS -> FAILED SUPERSEDED`,
      `${next} - -> IN_PROGRESS`,
      `${next} IN_PROGRESS -> FAILED CANCELLED`,
    ].sort(),
  );
});

test('a moved deadline is not published', async () => {
  const { stackId, operationId } = await start(600);
  await client.extendOperation({ stackId, operationId, timeoutSeconds: 900 });
  await client.extendOperation({ stackId, operationId, timeoutSeconds: 300 });
  await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
  expect((await eventsOf(stackId, 2)).map(({ detail }) => detail.version)).toEqual([1, 4]);
});

test('a resource action from its dispatch to its end, with what GetStack shows', async () => {
  const resourceType = unique('Test::Events');
  const events = await observeResources(resourceType);
  const stack = await start(600);
  const { stackId, operationId } = stack;
  const fields = { resourceType, scheduleToStartSeconds: 300, input: { output: 'secret' } };
  const queued = await dispatch(stack, 'server', fields);
  const own = { stackId, operationId, resource: 'server', attempt: 1, claimId: 'claim-1' };
  const { resource: running } = accepted(await client.claimResource({ ...own, engineId: 'engine-7' }));
  const heartbeat = await client.heartbeat(own);
  expect(heartbeat.ok).toBe(true);
  accepted(await client.completeResource({ ...own, status: 'COMPLETE', output: 'secret' }));
  const { resource: end } = await getResource(stackId, 'server');

  const all = await events((seen) => expect(seen).toHaveLength(3));
  const before = (previousPhase: string) => ({ previousStatus: 'IN_PROGRESS', previousPhase });
  const id = (version: number, kind: string) => `${stackId}/${operationId}/server/${version}/${kind}`;
  expect(all).toEqual([
    { ...queued, id: id(1, 'DISPATCH') },
    { ...running, ...before('QUEUED'), id: id(2, 'CLAIM') },
    { ...end, ...before('RUNNING'), id: id(end.version, 'COMPLETE') },
  ]);
  expect(JSON.stringify(all), 'without input and output').not.toContain('secret');
});

test('the end of an operation: it, and the resource actions that end with it', async () => {
  const resourceType = unique('Test::Events');
  const events = await observeResources(resourceType);
  const stack = await start(600);
  for (const resource of ['server', 'volume']) await dispatch(stack, resource, { resourceType });
  const { stackId, operationId } = stack;
  await client.cancelOperation({ stackId, operationId });
  const all = await events((seen) => expect(seen).toHaveLength(4));
  const ends = all.filter(({ status }) => status === 'FAILED');
  for (const { id: _, previousStatus, previousPhase, ...shown } of ends) {
    expect({ previousStatus, previousPhase }).toEqual({
      previousStatus: 'IN_PROGRESS',
      previousPhase: 'QUEUED',
    });
    expect(await resourcesOf(stackId)).toContainEqual(shown);
  }
  expect(ends.map(({ resource, cause }) => `${resource} ${cause}`).sort()).toEqual([
    'server CANCELLED',
    'volume CANCELLED',
  ]);
});
