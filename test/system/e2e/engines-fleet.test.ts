/** P2, P3, P8: a fleet whose engines keep dying. */
import pMap from 'p-map';
import { expect, test } from 'vitest';
import type { ResourceActionStatusChange } from '../../../contract/index.ts';
import { eventually } from '../../../local/eventually.ts';
import { type EngineProcess, startEngine } from './support/engines.ts';
import { observeResources } from './support/observer.ts';
import { allBecome, dispatch, getResource, MANY_ATTEMPTS } from './support/resources.ts';
import { start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

const RESOURCES = Array.from({ length: 60 }, (_, n) => `server-${n}`);
const KILLS = 4;

test('3 engines and 60 resources, one engine killed after the other, until all is COMPLETE', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const events = await observeResources(resourceType);
  const stack = await start(900);
  const options = { concurrency: 3 };
  const alive = await Promise.all([1, 2, 3].map(() => startEngine(queueUrl, options)));
  const all: EngineProcess[] = [...alive];
  const fields = {
    resourceType,
    heartbeatSeconds: 5,
    retry: { ...MANY_ATTEMPTS, maxAttempts: 12 },
    input: { seconds: 2 },
  };
  const atWork = () =>
    eventually(async () => {
      const busy = alive.find(
        (engine) => engine.count({ type: 'began' }) > engine.count({ type: 'completed' }),
      );
      if (busy === undefined) throw new Error('no engine is at work');
      return busy;
    });
  // Part by part, so that there is work whenever an engine is killed.
  for (let n = 0; n < KILLS; n++) {
    const part = RESOURCES.filter((_, index) => index % KILLS === n);
    await pMap(part, (resource) => dispatch(stack, resource, fields), { concurrency: 4 });
    const victim = await atWork();
    victim.send('SIGKILL');
    alive.splice(alive.indexOf(victim), 1);
    const heir = await startEngine(queueUrl, options);
    alive.push(heir);
    all.push(heir);
  }
  const resources = await allBecome(stack.stackId, { status: 'COMPLETE' });

  expect(resources.map(({ resource }) => resource).sort()).toEqual([...RESOURCES].sort());
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
