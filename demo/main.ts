/** `npm run demo`: shows on a local cloud what becomes of operations and of their work when engines die. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT } from '../local/environment.ts';
import { interrupted } from '../local/interruption.ts';
import { type LocalCloud, startLocalCloud } from '../local/local-cloud.ts';
import { freePort } from '../local/ports.ts';
import { parseInput } from './operations.ts';
import { endWithoutEngine, loseEngines, replay } from './scenarios.ts';
import { createSetup, type Setup } from './setup.ts';

const HELP = `Usage: npm run demo [-- --input FILE | --svg FILE]

Runs two scenarios on a local cloud, about a minute each, and checks them:
  1. An engine starts five operations and is killed. Each of them ends on time.
  2. Three engines create a stack from a Heat template. One is killed, one is stopped and comes back too late: others
     take over their work, and the stack is completed. Then all are killed, and the DELETE times out.

  --svg FILE    where the engines' timeline is written (default: .local/timeline.svg)
  --input FILE  replays operations of yours instead, and shows how each of them ends

FILE of --input holds a StartOperation request a line, as JSON ("command" may be left out), and optionally
"completeAfterSeconds". All are started at once. Try examples/operations.jsonl, or a line like this:
  {"stackId":"web","operationId":"update-7","action":"UPDATE","timeoutSeconds":90,"completeAfterSeconds":20}

Exit code: 0 if everything that is promised held, 1 if not, 2 if FILE or the arguments are wrong, 130 if interrupted.`;

type Scenario = (setup: Setup) => Promise<boolean>;

/** npm runs scripts in the project's folder. A file is named from where npm was called. */
const fileOf = (name: string): string => resolve(process.env.INIT_CWD ?? '', name);

/** @throws Error if the arguments or the input are wrong. */
async function scenariosFor(input: string | undefined, svg: string | undefined): Promise<Scenario[]> {
  const svgFile = svg === undefined ? `${PROJECT}.local/timeline.svg` : fileOf(svg);
  if (input === undefined) return [endWithoutEngine, (setup) => loseEngines(setup, svgFile)];
  const operations = parseInput(await readFile(fileOf(input), 'utf8'));
  return [(setup) => replay(setup, operations)];
}

async function run(scenarios: readonly Scenario[]): Promise<number> {
  const interruption = interrupted();
  const dir = await mkdtemp(join(tmpdir(), 'stack-timeouts-demo-'));
  const log = (line: string) => console.log(`local cloud: ${line}`);
  let cloud: LocalCloud | undefined;
  let exitCode = 1;
  try {
    cloud = await startLocalCloud({ port: await freePort(), dir, log, signal: interruption });
    const held: boolean[] = [];
    for (const scenario of scenarios) {
      const setup = await createSetup(cloud, AbortSignal.any([interruption, cloud.lost]));
      held.push(await scenario(setup).finally(setup.close));
    }
    exitCode = held.includes(false) ? 1 : 0;
  } catch (error) {
    // A job that was aborted throws an error of its own; the reason is what counts.
    const reason = interruption.reason ?? cloud?.lost.reason ?? error;
    console.error(`demo: ${interruption.aborted ? 'interrupted by ' : ''}${reason.message}`);
    if (interruption.aborted) exitCode = 130;
  } finally {
    await cloud?.stop();
    if (exitCode !== 1) await rm(dir, { recursive: true, force: true });
    else console.log(`\nThe logs are in ${dir}`);
  }
  return exitCode;
}

try {
  const options = { input: { type: 'string' }, svg: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { input, svg, help } = parseArgs({ options }).values;
  const scenarios = await scenariosFor(input, svg);
  if (help) console.log(HELP);
  // Explicitly: a replay that was interrupted leaves completions to wait for.
  else process.exit(await run(scenarios));
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 2;
}
