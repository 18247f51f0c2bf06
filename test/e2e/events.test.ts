/** P14: every status change is published, at least once, with a stable id. */
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { beforeAll, expect, test } from 'vitest';
import type { OperationStatusChange } from '../../lambdas/contract.ts';
import { eventually } from '../support/eventually.ts';
import { createQueue, drain, eventBridge, output, unique } from './support/aws.ts';
import { client, start, timedOut } from './support/stacks.ts';

interface Envelope {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: OperationStatusChange;
}

let queueUrl: string;
const received: Envelope[] = [];

beforeAll(async () => {
  const queue = await createQueue('observer');
  queueUrl = queue.url;
  const rule = { EventBusName: output('EventBusName'), Name: unique('observer') };
  await eventBridge.send(new PutRuleCommand({ ...rule, EventPattern: '{"source":["stack-timeouts"]}' }));
  await eventBridge.send(
    new PutTargetsCommand({
      EventBusName: rule.EventBusName,
      Rule: rule.Name,
      Targets: [{ Id: 'queue', Arn: queue.arn }],
    }),
  );
});

/** The events of a stack, each id once, when there are as many as expected. */
async function eventsOf(stackId: string, count: number): Promise<Envelope[]> {
  return eventually(
    async () => {
      received.push(...(await drain(queueUrl)).map((body) => JSON.parse(body) as Envelope));
      const byId = new Map(
        received.filter(({ detail }) => detail.stackId === stackId).map((event) => [event.detail.id, event]),
      );
      expect([...byId.keys()]).toHaveLength(count);
      return [...byId.values()];
    },
    { within: 20_000, every: 300 },
  );
}

const summary = ({ detail }: Envelope) =>
  `${detail.operationId} ${detail.previousStatus ?? '-'} -> ${detail.status} ${detail.cause ?? ''}`.trim();

test('a start and a timeout, with what GetStack shows', async () => {
  const stack = await start(2, { metadata: { owner: 'ops' } });
  const end = await timedOut(stack, 10_000);
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
