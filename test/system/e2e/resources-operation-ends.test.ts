/** P13: what belongs to an operation ends with it. */
import pMap from 'p-map';
import { expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import type { ResourceAction } from '../../../contract/index.ts';
import { type RowTimer, timerOf } from '../../../lambdas/domain/timer.ts';
import { eventually } from '../../../local/eventually.ts';
import { startEngine } from './support/engines.ts';
import { allBecome, dispatch, resourceRow, resourcesOf } from './support/resources.ts';
import { BOUND_MS, client, hasSchedule, start, timedOut } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

/** Of dispatches that race the end of their operation. */
const ROUNDS = 25;
const CANCELLED = { status: 'FAILED', cause: 'CANCELLED' } as const;

async function timerOfResource(resource: ResourceAction): Promise<RowTimer> {
  const row = await resourceRow(resource);
  if (row.status !== 'IN_PROGRESS') throw new Error(`${row.resource} has no timer`);
  return timerOf(row);
}

test('the operation times out while 20 resources run: all engines told to stop, no resource left IN_PROGRESS, no schedule left', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const options = { heartbeatIntervalSeconds: 2, concurrency: 10 };
  const engines = await Promise.all([startEngine(queueUrl, options), startEngine(queueUrl, options)]);
  const stack = await start(600);
  // Deadlines so far away that each of them gets a schedule.
  const fields = { resourceType, heartbeatSeconds: 300, input: { seconds: 300 } };
  const names = Array.from({ length: 20 }, (_, n) => `server-${n}`);
  const resources = await pMap(names, (name) => dispatch(stack, name, fields), { concurrency: 4 });
  await allBecome(stack.stackId, { phase: 'RUNNING' });
  const timers = await Promise.all(resources.map(timerOfResource));
  await eventually(async () => {
    for (const timer of timers) expect(await hasSchedule(timer)).toBe(true);
  });

  const { stackId, operationId } = stack;
  await timedOut(accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds: 3 })).stack);
  expect(await allBecome(stack.stackId, CANCELLED)).toHaveLength(20);
  for (const engine of engines) {
    const began = engine.count({ type: 'began' });
    await eventually(async () => expect(engine.count({ type: 'told', code: 'AttemptLost' })).toBe(began));
    expect(engine.count({ type: 'completed' })).toBe(0);
  }
  expect(engines.map((engine) => engine.count({ type: 'began' })).reduce((a, b) => a + b)).toBe(20);
  await eventually(
    async () => {
      for (const timer of timers) expect(await hasSchedule(timer), 'no schedule left').toBe(false);
    },
    { within: BOUND_MS },
  );
});

test('600 resources: GetStack shows them page by page, and all end with their operation', async () => {
  const stack = await start(600);
  const names = Array.from({ length: 600 }, (_, n) => `server-${String(n).padStart(3, '0')}`);
  await pMap(names, (name) => dispatch(stack, name), { concurrency: 6 });
  const first = accepted(await client.getStack({ stackId: stack.stackId }));
  expect(first.nextToken).toBeDefined();
  const second = accepted(
    await client.getStack({ stackId: stack.stackId, nextToken: first.nextToken as string }),
  );
  const paged = [...first.resources, ...second.resources].map(({ resource }) => resource);
  expect(new Set(paged).size, 'none twice').toBe(paged.length);
  const seen = (await resourcesOf(stack.stackId)).map(({ resource }) => resource);
  expect(seen.toSorted()).toEqual(names);

  const { stackId, operationId } = stack;
  accepted(await client.cancelOperation({ stackId, operationId }));
  expect(await allBecome(stackId, CANCELLED, 90_000)).toHaveLength(600);
});

test('a dispatch to a stack whose operation just ended: refused, or its resource ends with the operation', async () => {
  let [taken, refused] = [0, 0];
  await pMap(
    Array.from({ length: ROUNDS }),
    async () => {
      const stack = await start(600);
      const { stackId, operationId } = stack;
      const dispatching = (n: number) =>
        client.dispatchResource({
          stackId,
          operationId,
          resource: `server-${n}`,
          action: 'CREATE',
          startToCloseSeconds: 60,
        });
      const before = [0, 1, 2].map(dispatching);
      const end = client.cancelOperation({ stackId, operationId });
      const answers = await Promise.all([...before, ...[3, 4, 5].map(dispatching)]);
      accepted(await end);
      for (const answer of answers) {
        if (answer.ok) taken++;
        else {
          expect(answer.error.code).toBe('OperationEnded');
          refused++;
        }
      }
      // Long before it would be offered again, and found to be over.
      await allBecome(stackId, CANCELLED, 40_000);
    },
    { concurrency: 2 },
  );
  expect(taken, 'some came before the end').toBeGreaterThan(ROUNDS);
  expect(taken + refused).toBe(6 * ROUNDS);
});
