/** Three at a time, in random orders. */
import fc from 'fast-check';
import { afterAll, test } from 'vitest';
import type { Schedule } from './explore.ts';
import { expectAllowed } from './pairs.ts';
import { type Actor, race, type Start } from './race.ts';
import { actorsAt, resourceStarts } from './resource-actors.ts';
import { stackActors, stackStarts } from './stack-actors.ts';

let explored = 0;
afterAll(() => console.log(`three at a time: ${explored} orders explored`));

async function expectRandomRaces(
  starts: Record<string, Start>,
  actorsOf: (start: Start) => readonly Actor[],
) {
  const raceOfThree = fc.constantFrom(...Object.values(starts)).chain((start) => {
    const actor = fc.constantFrom(...actorsOf(start));
    return fc.record({ start: fc.constant(start), actors: fc.tuple(actor, actor, actor) });
  });
  const property = fc.asyncProperty(fc.scheduler(), raceOfThree, async (scheduler, { start, actors }) => {
    const schedule: Schedule = (_, call) => scheduler.scheduleFunction(call)();
    const outcome = await scheduler.waitFor(race(start, actors, schedule));
    await expectAllowed(start, actors, outcome);
    explored++;
  });
  await fc.assert(property, { numRuns: 500 });
}

test('on the row of a stack', () => expectRandomRaces(stackStarts, () => stackActors), 30_000);

test('on the row of a resource action', () => expectRandomRaces(resourceStarts, actorsAt), 30_000);
