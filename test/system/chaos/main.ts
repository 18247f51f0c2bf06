/** `npm run chaos`: a real deployment on a local cloud, and everything that goes wrong there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interruption, interrupted } from '../../../local/interruption.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import { argumentsOf, refuse } from '../../support/arguments.ts';
import { chaos } from './chaos.ts';
import { reportOf } from './report.ts';

const HELP = `Usage: npm run chaos [-- --minutes 10] [--seed S]

Operations of all kinds on a local cloud of its own, with engines that work, while engines and the functions' instances
are killed, event source mappings are off, schedules are deleted, and messages come twice or mean nothing. Then the
disturbances stop; when all has come to rest, the table, the events and the answers are audited.

The seed decides what is asked for and what goes wrong in which order. How it meets is the machine's, so the same seed
is not the same run.

Exit code: 0 if every promise held, 1 if not, 2 if the arguments are wrong, 130 if interrupted.`;

async function main(minutes: number, seed: number): Promise<number> {
  const interruption = interrupted();
  const dir = await mkdtemp(join(tmpdir(), 'stack-timeouts-chaos-'));
  const log = (line: string) => console.log(`chaos: ${line}`);
  let cloud: LocalCloud | undefined;
  let held = false;
  try {
    cloud = await startLocalCloud({ dir, log, signal: interruption });
    log(`seed ${seed}, ${minutes} minutes`);
    const disturbedMs = minutes * 60_000;
    const result = await chaos({ cloud, dir, seed, disturbedMs, log, signal: interruption });
    console.log(`\n${reportOf(result, seed)}`);
    held = result.findings.length === 0;
    if (!held) await writeFile(join(dir, 'observations.json'), JSON.stringify(result.observations, null, 1));
    return held ? 0 : 1;
  } catch (error) {
    // A job that was interrupted throws an error of its own; the reason is what counts.
    interruption.throwIfAborted();
    throw error;
  } finally {
    await cloud?.stop();
    if (held || interruption.aborted) await rm(dir, { recursive: true, force: true });
    else console.log(`The logs, and observations.json with all that was observed, are in ${dir}`);
  }
}

const values = argumentsOf(
  {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
  HELP,
);
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0)) refuse(`--minutes must be more than 0, not ${values.minutes}`, HELP);
if (!Number.isSafeInteger(seed)) refuse(`--seed must be a whole number, not ${values.seed}`, HELP);
const code = await main(minutes, seed).catch((error) => {
  const stopped = error instanceof Interruption;
  console.error(stopped ? `chaos: interrupted (${error.message})` : error);
  return stopped ? 130 : 1;
});
// What was being asked when it was interrupted is not answered any more.
process.exit(code);
