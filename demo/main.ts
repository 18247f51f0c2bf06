/** `npm run demo`: runs the scenarios on a local cloud and checks the service's promises. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PROJECT } from '../local/environment.ts';
import { startLocalCloud } from '../local/local-cloud.ts';
import { parseInput } from './operations.ts';
import { endWithoutEngine, loseEngines, replay } from './scenarios.ts';
import { type Demo, fileOf, runDemo } from './session.ts';
import { createSetup, type Setup } from './setup.ts';

const HELP = `Usage: npm run demo [-- --svg FILE | --input FILE]

Runs two scenarios on a local cloud, about a minute each, and checks the result:
  1. An engine starts five operations and is killed. Each operation ends on time.
  2. Three engines create a stack from a HOT template. One is killed, one is stopped and comes back
     too late: others take over. Then all are killed, and the DELETE times out.

  --svg FILE    writes the timeline of the CREATE to FILE (default: .local/timeline.svg)
  --input FILE  runs your own operations instead: one StartOperation request a line, as JSON, without
                "command", and with "completeAfterSeconds" if you want. They start all at once.

  npm run demo -- --input examples/operations.jsonl

Exit code: 0 all promises held, 1 not all held, 2 wrong arguments or FILE, 130 interrupted`;

type Scenario = (setup: Setup) => Promise<boolean>;

/** @throws Error if the arguments or the input are wrong. */
async function scenariosFor(input: string | undefined, svg: string | undefined): Promise<Scenario[]> {
  const svgFile = svg === undefined ? `${PROJECT}.local/timeline.svg` : fileOf(svg);
  if (input === undefined) return [endWithoutEngine, (setup) => loseEngines(setup, svgFile)];
  const operations = parseInput(await readFile(fileOf(input), 'utf8'));
  return [(setup) => replay(setup, operations)];
}

const demoOf =
  (scenarios: readonly Scenario[]): Demo =>
  async (dir, signal) => {
    const log = (line: string) => console.log(`local cloud: ${line}`);
    const cloud = await startLocalCloud({ dir, log, signal });
    try {
      const held: boolean[] = [];
      for (const scenario of scenarios) {
        const setup = await createSetup(cloud, AbortSignal.any([signal, cloud.lost]));
        held.push(await scenario(setup).finally(setup.close));
      }
      return !held.includes(false);
    } catch (error) {
      // What the cloud's end interrupted throws its own error. The reason explains it.
      throw cloud.lost.reason ?? error;
    } finally {
      await cloud.stop();
    }
  };

try {
  const options = { input: { type: 'string' }, svg: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { input, svg, help } = parseArgs({ options }).values;
  const scenarios = await scenariosFor(input, svg);
  if (help) console.log(HELP);
  // An interrupted replay leaves timers behind.
  else process.exit(await runDemo(demoOf(scenarios)));
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 2;
}
