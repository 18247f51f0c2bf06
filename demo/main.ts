/** `npm run demo`: runs the scenarios on a local cloud and checks the service's promises. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT } from '../local/environment.ts';
import { interrupted } from '../local/interruption.ts';
import { type LocalCloud, startLocalCloud } from '../local/local-cloud.ts';
import { parseInput } from './operations.ts';
import { endWithoutEngine, loseEngines, replay } from './scenarios.ts';
import { createSetup, type Setup } from './setup.ts';

const HELP = `Usage: npm run demo [-- --svg FILE | --input FILE]

Runs two scenarios on a local cloud, about a minute each, and checks the result:
  1. An engine starts five operations and is killed. Each operation ends on time.
  2. Three engines create a stack from a Heat template. One is killed, one is stopped and comes back
     too late: others take over. Then all are killed, and the DELETE times out.

  --svg FILE    writes the timeline of the CREATE to FILE (default: .local/timeline.svg)
  --input FILE  runs your own operations instead: one StartOperation request a line, as JSON, without
                "command", and with "completeAfterSeconds" if you want. They start all at once.

  npm run demo -- --input examples/operations.jsonl

Exit code: 0 all promises held, 1 not all held, 2 wrong arguments or FILE, 130 interrupted`;

type Scenario = (setup: Setup) => Promise<boolean>;

/** npm changes to the project's folder. The user's folder is in INIT_CWD. */
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
    cloud = await startLocalCloud({ dir, log, signal: interruption });
    const held: boolean[] = [];
    for (const scenario of scenarios) {
      const setup = await createSetup(cloud, AbortSignal.any([interruption, cloud.lost]));
      held.push(await scenario(setup).finally(setup.close));
    }
    exitCode = held.includes(false) ? 1 : 0;
  } catch (error) {
    // What an abort interrupted throws its own error. The reason explains it.
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
  // An interrupted replay leaves timers behind.
  else process.exit(await run(scenarios));
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 2;
}
