/** A fixed budget of histories. More of them: `npm run simulate`. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { run, type Scenario } from './history.ts';
import { headline, report } from './report.ts';
import { scenarioOf } from './scenario.ts';

const HISTORIES = 3000;
const AT_ONCE = 200;

async function expectToHold(scenario: Scenario): Promise<void> {
  const result = await run(scenario);
  if (result.violation) expect.fail(`${headline(scenario, result)}\n\n${await report(scenario)}`);
}

const firsts = Array.from({ length: HISTORIES / AT_ONCE }, (_, n) => 1 + n * AT_ONCE);

describe('every promise holds', () => {
  test.each(firsts)(`in ${AT_ONCE} histories from seed %i on`, { timeout: 300_000 }, async (first) => {
    for (let seed = first; seed < first + AT_ONCE; seed++) await expectToHold(scenarioOf(seed));
  });
});

test('the same seed makes the same history', async () => {
  for (const seed of [3, 4, 5, 6, 7, 8, 9, 10]) {
    const [one, other] = [
      await run(scenarioOf(seed), { recorded: true }),
      await run(scenarioOf(seed), { recorded: true }),
    ];
    expect(one.history.length).toBeGreaterThan(50);
    expect(other.history).toEqual(one.history);
  }
});

const FOLDER = new URL('./regressions/', import.meta.url);

/** What broke a promise once, as the search for the smallest script left it. */
describe('what has failed before', () => {
  test.each(readdirSync(FOLDER))('%s', async (file) => {
    await expectToHold(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
  });
});
