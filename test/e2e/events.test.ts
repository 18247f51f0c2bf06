/** P14: every status change is published, at least once, with a stable id. */
import { beforeAll, expect, test } from 'vitest';
import { unique } from './support/aws.ts';
import { type Envelope, observe } from './support/observer.ts';
import { client, NEAR_BOUND_MS, start, timedOut } from './support/stacks.ts';

let eventsOf: Awaited<ReturnType<typeof observe>>['eventsOf'];
beforeAll(async () => {
  ({ eventsOf } = await observe());
});

const summary = ({ detail }: Envelope) =>
  `${detail.operationId} ${detail.previousStatus ?? '-'} -> ${detail.status} ${detail.cause ?? ''}`.trim();

test('a start and a timeout, with what GetStack shows', async () => {
  const stack = await start(2, { metadata: { owner: 'ops' } });
  const end = await timedOut(stack, NEAR_BOUND_MS);
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
