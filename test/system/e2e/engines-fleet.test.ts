/** P2, P3, P8: a fleet whose engines keep dying. */
import pMap from 'p-map';
import { expect, test } from 'vitest';
import type { ResourceActionStatusChange } from '../../../contract/index.ts';
import { eventually } from '../../support/eventually.ts';
import { type EngineProcess, startEngine } from './support/engines.ts';
import { observeResources } from './support/observer.ts';
import { dispatch, getResource, MANY_ATTEMPTS, resourcesOf } from './support/resources.ts';
import { start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

const RESOURCES = Array.from({ length: 60 }, (_, n) => `server-${n}`);
const KILL_EVERY_MS = 4000;
const KILLS = 4;

test('3 engines and 60 resources, one engine killed every few seconds, until all is COMPLETE', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const events = await observeResources(resourceType);
  const stack = await start(900);
  const options = { concurrency: 3 };
  const alive = await Promise.all([1, 2, 3].map(() => startEngine(queueUrl, options)));
  const all: EngineProcess[] = [...alive];
  const fields = {
    resourceType,
    heartbeatSeconds: 5,
    retry: { ...MANY_ATTEMPTS, maxAttempts: 8 },
    input: { seconds: 2 },
  };
  await pMap(RESOURCES, (resource) => dispatch(stack, resource, fields), { concurrency: 4 });

  let killedAt = Date.now();
  const kill = async () => {
    const victim = alive.find(
      (engine) => engine.count({ type: 'began' }) > engine.count({ type: 'completed' }),
    );
    if (victim === undefined) return;
    killedAt = Date.now();
    victim.send('SIGKILL');
    alive.splice(alive.indexOf(victim), 1);
    const heir = await startEngine(queueUrl, options);
    alive.push(heir);
    all.push(heir);
  };
  const resources = await eventually(
    async () => {
      if (all.length - alive.length < KILLS && Date.now() - killedAt >= KILL_EVERY_MS) await kill();
      const now = await resourcesOf(stack.stackId);
      for (const { resource, status, statusReason } of now)
        expect({ resource, status, statusReason }).toMatchObject({ status: 'COMPLETE' });
      return now;
    },
    { within: 150_000, every: 500 },
  );

  expect(resources.map(({ resource }) => resource).sort()).toEqual([...RESOURCES].sort());
  expect(all.length - alive.length, 'engines killed').toBeGreaterThan(2);
  const lost = resources.filter(({ attempt }) => attempt > 1);
  expect(lost.length, 'work that was taken from a dead engine').toBeGreaterThan(0);
  const published = await events((seen) => expect(seen.filter(isEnd)).toHaveLength(RESOURCES.length));
  const ends = published.filter(isEnd).map(({ resource, status }) => `${resource} ${status}`);
  expect(ends.sort(), 'each completed exactly once').toEqual(
    RESOURCES.map((one) => `${one} COMPLETE`).sort(),
  );
  for (const { attempt, maxAttempts } of published) expect(attempt).toBeLessThanOrEqual(maxAttempts);
  for (const resource of RESOURCES) {
    const completions = all.filter((engine) => engine.count({ type: 'completed', resource }) > 0);
    // None, if the engine was killed after its report and before it said so.
    expect(completions.length).toBeLessThanOrEqual(1);
    const { output } = await getResource(stack.stackId, resource);
    for (const { engineId } of completions) expect(output).toMatchObject({ doneBy: engineId });
  }
});

const isEnd = ({ status }: ResourceActionStatusChange): boolean => status !== 'IN_PROGRESS';
