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
  if ('handOver' in entry)
    return `${seconds(entry.at)}  ${entry.times} engines take and give back ${JSON.stringify(entry.handOver)}`;
  const { command, ...fields } = entry.request;
  return `${seconds(entry.at)}  ${command} ${JSON.stringify(fields)}, at most ${entry.tries} times`;
}

/** Which promise a scenario has broken, and by what. */
export function headline({ seed }: Scenario, { violation }: Result): string {
  const { promise = '', message = '' } = violation ?? {};
  return `seed ${seed} breaks ${promise} (${NAMES[promise] ?? 'what can be stored'})\n  ${message}`;
}

/**
 * How to make it happen again: the smallest script that was found, and its history. Takes many runs
 * of the scenario.
 */
export async function report(scenario: Scenario): Promise<string> {
  const { scenario: small, runs } = await shrink(scenario);
  const again = await run(small, { recorded: true });
  const { named, ...plan } = small.plan;
  return [
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
