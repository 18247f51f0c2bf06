/** `npm run demo`: shows on a local cloud what becomes of operations whose engine has died. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { clientFor } from './client.ts';
import { parseInput, type ReplayOperation } from './demo/input.ts';
import { openLogs } from './demo/logs.ts';
import type { Operation } from './demo/operation.ts';
import { replay } from './demo/replay.ts';
import { allowed, failures, resultTable, summary } from './demo/report.ts';
import { tellStory } from './demo/story.ts';
import { createView } from './demo/view.ts';
import { Watcher } from './demo/watcher.ts';
import { Interruption, interrupted } from './interruption.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { freePort } from './ports.ts';

const HELP = `Usage: npm run demo [-- --input FILE]

Without --input: starts five operations from an engine that is then killed, and shows how each of them ends.
With --input: replays operations of yours, and shows how each of them ends.

FILE holds one StartOperation request of the contract a line, as JSON ("command" may be left out), and optionally
"completeAfterSeconds". All are started at once. An example:
  {"stackId":"web","operationId":"update-7","action":"UPDATE","timeoutSeconds":90,"completeAfterSeconds":20}

  npm run demo
  npm run demo -- --input examples/operations.jsonl

Exit code: 0 if every operation ended as it should, 1 if not, 2 if FILE or the arguments are wrong, 130 if interrupted.`;

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

async function show(
  cloud: LocalCloud,
  input: readonly ReplayOperation[] | undefined,
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const view = createView(process.stdout);
  try {
    const client = clientFor(cloud.outputs);
    const watcher = new Watcher(client, await openLogs(cloud.outputs), view, signal);
    return input
      ? await replay(input, client, watcher, view, signal)
      : await tellStory(cloud, watcher, view, signal);
  } finally {
    view.close();
  }
}

/** A table of so many needs no summary. */
const FEW = 10;

/** Prints how it went. Whether everything held. */
function conclude(operations: readonly Operation[]): boolean {
  const failed = failures(operations);
  console.log(`\n${resultTable(operations)}\n`);
  if (operations.length > FEW) console.log(summary(operations));
  console.log(allowed());
  if (failed.length > 0) console.log(['\nThis did not hold:', ...failed].join('\n  '));
  else console.log('\nAll of it held: none early, none lost, none too late, none touched after its end.');
  return failed.length === 0;
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
    cloud = await startLocalCloud({ port: await freePort(), dir, log, signal: interruption });
    held = conclude(await show(cloud, input, AbortSignal.any([interruption, cloud.lost])));
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
