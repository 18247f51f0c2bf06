/**
 * The walk over a stack's graph outlives the engine that walks: the engine for HOT templates,
 * as processes.
 */
import { expect, test } from 'vitest';
import { eventually } from '../../../local/eventually.ts';
import { unique } from './support/aws.ts';
import { type ExampleProcess, runExample, startExample } from './support/examples.ts';
import { becomes, getResource, resourcesOf } from './support/resources.ts';
import { ended } from './support/stacks.ts';
import { routedWork } from './support/work.ts';

const HOT_ENGINE = 'node examples/hot-engine/main.ts';
const WALK = '/walk';

test('another engine takes the walk over from one that is killed, and the stack ends COMPLETE', async () => {
  const stackId = unique('hot-engine');
  const environment = { WORK_QUEUE_URL: await routedWork({ stackId: [stackId] }) };
  const startEngine = async (): Promise<ExampleProcess> => {
    const engine = await startExample(`${HOT_ENGINE} engine`, environment);
    await engine.prints('waits for work');
    return engine;
  };
  const engines = await Promise.all([startEngine(), startEngine()]);
  const options = '--work-seconds 2 --heartbeat-seconds 6 --attempts 5';
  await runExample(`${HOT_ENGINE} create examples/hot-engine/web.yaml --stack ${stackId} ${options}`);
  const { engineId } = await becomes({ stackId, resource: WALK }, { phase: 'RUNNING', attempt: 1 });
  const stepsOf = async () => (await resourcesOf(stackId)).filter(({ resource }) => resource !== WALK);
  await eventually(async () =>
    expect(await stepsOf()).toContainEqual(expect.objectContaining({ status: 'COMPLETE' })),
  );
  const walker = engines.find(({ pid }) => engineId === `hot-engine-${pid}`);
  walker?.kill('SIGKILL');
  expect(await walker?.ended).toEqual([null, 'SIGKILL']);

  expect(await ended(stackId)).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
  const { resource: walk } = await getResource(stackId, WALK);
  expect(walk.attempt).toBeGreaterThan(1);
  expect(walk.engineId).not.toBe(engineId);
  const steps = await stepsOf();
  expect(steps).toHaveLength(6);
  for (const step of steps) expect(step).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
});
