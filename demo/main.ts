/** `npm run demo`: shows on a local cloud what becomes of operations and of their work when engines die. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Interruption, interrupted } from '../local/interruption.ts';
import { type LocalCloud, startLocalCloud } from '../local/local-cloud.ts';
import { operationsEnd } from './act.ts';
import { enginesDie } from './engines/act.ts';
import { parseInput, type ReplayOperation } from './input.ts';

const HELP = `Usage: npm run demo [-- --input FILE]

Without --input, in two acts of about a minute each:
  1. Five operations, and no engine alive: each of them is started by an engine that is then killed, and ends on time.
  2. Engines work on a stack together. One is killed, one is stopped and comes back too late: their work goes to the
     others, and the stack is completed. Then all are killed, and what they were working on times out.
     A timeline shows who worked on what, when it died, and when that was noticed.
With --input: replays operations of yours instead, and shows how each of them ends.

FILE holds one StartOperation request of the contract a line, as JSON ("command" may be left out), and optionally
"completeAfterSeconds". All are started at once. An example:
  {"stackId":"web","operationId":"update-7","action":"UPDATE","timeoutSeconds":90,"completeAfterSeconds":20}

  npm run demo
  npm run demo -- --input examples/operations.jsonl

Exit code: 0 if everything that is promised held, 1 if not, 2 if FILE or the arguments are wrong, 130 if interrupted.`;

/** What is wrong with the arguments or the input: nothing was started. */
class UsageError extends Error {}

async function readInput(file: string): Promise<readonly ReplayOperation[]> {
  // npm runs scripts in the project's folder; the file is named from where npm was called.
  const text = await readFile(resolve(process.env.INIT_CWD ?? '', file), 'utf8').catch((error) => {
    throw new UsageError(`cannot read ${file}: ${error.message}`);
  });
  const parsed = parseInput(text);
  if (!parsed.ok) throw new UsageError([`${file}:`, ...parsed.problems].join('\n  '));
  return parsed.operations;
}

function parseArguments(): { input?: string | undefined; help?: boolean | undefined } {
  try {
    return parseArgs({ options: { input: { type: 'string' }, help: { type: 'boolean', short: 'h' } } })
      .values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

/** Whether everything held. */
async function play(
  cloud: LocalCloud,
  input: readonly ReplayOperation[] | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (input) return operationsEnd(cloud, input, signal);
  console.log('\nAct one: five operations, and no engine alive\n');
  const one = await operationsEnd(cloud, undefined, signal);
  console.log('\nAct two: engines die, and others take over their work');
  console.log('(Whoever has /walk goes through the graph of the template, and dispatches its resources.)\n');
  const two = await enginesDie(cloud, signal);
  return one && two;
}

async function demo(): Promise<number> {
  const { input: file, help } = parseArguments();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const input = file === undefined ? undefined : await readInput(file);
  const interruption = interrupted();
  const dir = await mkdtemp(join(tmpdir(), 'stack-timeouts-demo-'));
  const log = (line: string) => console.log(`local cloud: ${line}`);
  let cloud: LocalCloud | undefined;
  let held = false;
  try {
    cloud = await startLocalCloud({ dir, log, signal: interruption });
    held = await play(cloud, input, AbortSignal.any([interruption, cloud.lost]));
    return held ? 0 : 1;
  } catch (error) {
    // A job that was aborted throws an error of its own; the reason is what counts.
    if (interruption.aborted) throw interruption.reason;
    if (cloud?.lost.aborted) throw cloud.lost.reason;
    throw error;
  } finally {
    await cloud?.stop();
    if (held || interruption.aborted) await rm(dir, { recursive: true, force: true });
    else console.log(`\nThe logs are in ${dir}`);
  }
}

process.exitCode = await demo().catch((error) => {
  console.error(
    error instanceof Interruption ? `demo: interrupted (${error.message})` : `demo: ${error.message}`,
  );
  if (error instanceof UsageError) return 2;
  return error instanceof Interruption ? 130 : 1;
});
