/** What is printed of a broken promise: the seed, the shrunk script, and the history in lines. */
import { type Result, run, type Scenario } from './history.ts';
import { NAMES } from './invariants/violation.ts';
import type { Entry } from './script.ts';
import { shrink } from './shrink.ts';

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(3)} s`.padStart(12);

function entryLine(entry: Entry): string {
  if ('engine' in entry) return `${seconds(entry.at)}  ${entry.engine}: ${entry.does}`;
  if ('forge' in entry)
    return `${seconds(entry.at)}  ${entry.forge} with a wrong ${entry.wrong}, of ${JSON.stringify(entry.of)}`;
  const { command, ...fields } = entry.request;
  return `${seconds(entry.at)}  ${command} ${JSON.stringify(fields)}, at most ${entry.tries} times`;
}

/** A failing scenario for people, with the smallest script that was found. */
export async function report(scenario: Scenario, result: Result): Promise<string> {
  const { promise = '', message = '' } = result.violation ?? {};
  const { scenario: small, runs } = await shrink(scenario);
  const again = await run(small, { recorded: true });
  const { named, ...plan } = small.plan;
  return [
    `seed ${scenario.seed} breaks ${promise} (${NAMES[promise] ?? 'what can be stored'})`,
    `  ${message}`,
    '',
    `the script, shrunk in ${runs} runs from ${scenario.script.length} to ${small.script.length} entries:`,
    ...small.script.map(entryLine),
    'what goes wrong:',
    ...(named?.map(({ call, fault }) => `    ${call}: ${fault}`) ?? []),
    `    ${JSON.stringify(plan)}`,
    'the history:',
    ...again.history.map((line) => `  ${line}`),
    `  ${again.violation?.message ?? 'holds'}`,
    'as a regression test (test/simulation/regressions/NAME.json):',
    JSON.stringify(small),
  ].join('\n');
}
