/** `npm run simulate`: histories until the number asked for, or until one breaks a promise. */
import { argumentsOf, wholeNumber } from '../support/arguments.ts';
import { run } from './history.ts';
import { headline, report } from './report.ts';
import { LARGE_CROWD, scenarioOf } from './scenario.ts';

const HELP = `Usage: npm run simulate [-- --histories 10000] [--seed S] [--stacks N] [--verbose] [--json]

Runs the deployed code over simulated services that lose, repeat, delay and fail. The same seed makes the same history.

  --histories N   how many, with the seeds S, S + 1, S + 2 …
  --seed S        the first seed (default: another one each time)
  --stacks N      so many stacks in each history; a million fit into memory
  --verbose       prints each history
  --json          only the result, as one line of JSON

Exit code: 0 if every promise held, 1 if not, 2 if the arguments are wrong. What breaks a promise is told with its seed, a
shrunk script, and the history.

  npm run simulate -- --histories 100000 --seed 7
  npm run simulate -- --histories 1 --stacks 1000000
  npm run simulate -- --seed 984 --histories 1 --verbose`;

const values = argumentsOf(
  {
    histories: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    stacks: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  HELP,
);
const histories = wholeNumber('histories', values.histories, 1, HELP);
const seed = wholeNumber('seed', values.seed, 0, HELP);
const stacks = values.stacks === undefined ? undefined : wholeNumber('stacks', values.stacks, 1, HELP);
const isLarge = (stacks ?? 0) > LARGE_CROWD;

const startedAt = performance.now();
const totals = { histories: 0, timeouts: 0, steps: 0 };
const faults = new Map<string, number>();
let toldAt = startedAt;

const elapsed = (): number => (performance.now() - startedAt) / 1000;
const progress = (): string =>
  `${totals.histories} of ${histories} histories, ${totals.timeouts} timeouts, ${Math.round(totals.steps / elapsed())} steps/s, ${elapsed().toFixed(0)} s`;

function tell(): void {
  if (values.json || performance.now() - toldAt < (process.stderr.isTTY ? 1000 : 10_000)) return;
  toldAt = performance.now();
  process.stderr.write(process.stderr.isTTY ? `\r${progress()}` : `${progress()}\n`);
}

if (!values.json) console.log(`seed ${seed}`);
for (let n = 0; n < histories; n++) {
  const scenario = scenarioOf(seed + n, stacks);
  const result = await run(scenario, {
    forgets: isLarge,
    recorded: values.verbose,
    onProgress: ({ timeouts, steps }) => {
      totals.timeouts += timeouts;
      totals.steps += steps;
      tell();
    },
  });
  totals.histories++;
  for (const [kind, count] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
  if (values.verbose) console.log(result.history.join('\n'));
  if (result.violation && values.json) {
    const { promise, message } = result.violation;
    console.log(
      JSON.stringify({ violation: { seed: seed + n, histories: totals.histories, promise, message } }),
    );
    process.exit(0);
  }
  if (result.violation) {
    console.error(`\n${headline(scenario, result)}`);
    if (isLarge) console.error('\nA history so long is not shrunk: look for the same with fewer --stacks.');
    else console.error(`\nlooks for a smaller script …\n\n${await report(scenario)}`);
    const size = stacks === undefined ? '' : ` --stacks ${stacks}`;
    console.error(
      `\nafter ${totals.histories} histories; again: npm run simulate -- --seed ${seed + n} --histories 1${size}`,
    );
    process.exit(1);
  }
}
if (values.json) {
  console.log(JSON.stringify({ violation: null }));
  process.exit(0);
}
console.log(`\n${progress()}, no promise broken`);
console.log(
  [...faults]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind}: ${count}`)
    .join(', '),
);
