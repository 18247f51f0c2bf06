/** Act one, or a replay: operations end, whoever is alive. */
import { clientFor } from '../local/client.ts';
import type { LocalCloud } from '../local/local-cloud.ts';
import { parseEvidence } from './evidence.ts';
import type { ReplayOperation } from './input.ts';
import { openLogs } from './logs.ts';
import type { Operation } from './operation.ts';
import { replay } from './replay.ts';
import { allowed, failures, resultTable, summary } from './report.ts';
import { tellStory } from './story.ts';
import { createView } from './view.ts';
import { Watcher } from './watcher.ts';

/** Shows it, and says whether everything held. Without an input: the story of the demo. */
export async function operationsEnd(
  cloud: LocalCloud,
  input: readonly ReplayOperation[] | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return conclude(await show(cloud, input, signal));
}

async function show(
  cloud: LocalCloud,
  input: readonly ReplayOperation[] | undefined,
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const view = createView(process.stdout);
  try {
    const client = clientFor(cloud.outputs);
    const logs = await openLogs(cloud.outputs, ['Arm', 'Wake', 'Sweep'], parseEvidence);
    const watcher = new Watcher(client, logs, view, signal);
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
