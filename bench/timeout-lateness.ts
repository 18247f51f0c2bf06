/**
 * The lateness of timeouts: 100 due in the same second and 200 due evenly over 6 s by a delayed
 * message, 20 through EventBridge Scheduler; and when a client that polls sees that one has ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { renderTable } from '../cli/terminal/table.ts';
import type { StackTimeoutsClient } from '../client/client.ts';
import { accepted } from '../client/errors.ts';
import type { Stack } from '../contract/index.ts';
import { clientFor } from '../local/client.ts';
import { eventually } from '../local/eventually.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { median, percentile } from '../test/support/statistics.ts';

interface Load {
  readonly label: string;
  readonly count: number;
  /** The first is due after this; beyond the local cloud's near horizon of 45 s, each gets a schedule. */
  readonly dueInSeconds: number;
  /** All due within this time, evenly. */
  readonly spreadSeconds: number;
}

const LOADS: readonly Load[] = [
  { label: 'delayed message, same second', count: 100, dueInSeconds: 30, spreadSeconds: 0 },
  { label: 'delayed message, evenly over 6 s', count: 200, dueInSeconds: 30, spreadSeconds: 6 },
  { label: 'schedule', count: 20, dueInSeconds: 70, spreadSeconds: 0 },
];
const POLLED = { label: 'delayed message, seen by polling', count: 20, everyMs: 100 };

export async function timeoutLateness(outputs: Outputs): Promise<void> {
  const client = clientFor(outputs);
  const rows: string[][] = [];
  for (const load of LOADS) {
    const ends = await timeOut(client, load);
    const late = ends.map(({ deadline, endedAt = '' }) => Date.parse(endedAt) - Date.parse(deadline));
    rows.push([load.label, ...figures(late)]);
  }
  rows.push([POLLED.label, ...figures(await seenByPolling(client))]);
  console.log(renderTable(['timers', 'count', 'early', 'min ms', 'median ms', 'p99 ms', 'max ms'], rows));
}

const figures = (late: readonly number[]): string[] => [
  String(late.length),
  String(late.filter((ms) => ms < 0).length),
  ...[Math.min(...late), median(late), percentile(late, 99), Math.max(...late)].map(String),
];

async function start(client: StackTimeoutsClient, stackId: string, timeoutSeconds: number): Promise<Stack> {
  const fields = { stackId, operationId: 'op', action: 'CREATE', timeoutSeconds } as const;
  return accepted(await client.startOperation(fields)).stack;
}

async function timeOut(
  client: StackTimeoutsClient,
  { label, count, dueInSeconds, spreadSeconds }: Load,
): Promise<Stack[]> {
  const firstDueAt = Math.ceil(Date.now() / 1000) * 1000 + dueInSeconds * 1000;
  const started = Array.from({ length: count }, async (_, n) => {
    const later = (spreadSeconds * 1000 * n) / count;
    await sleep(later);
    // Starting takes a while: a later start has less time left.
    const timeoutSeconds = Math.ceil((firstDueAt + later - Date.now()) / 1000);
    return start(client, `${label.replaceAll(/[^a-z0-9]/g, '-')}/${n}`, timeoutSeconds);
  });
  const stacks = await Promise.all(started);
  const ends: Stack[] = [];
  // No reads before all are due: they would slow down the emulator.
  await sleep(Math.max(0, firstDueAt + (spreadSeconds + 5) * 1000 - Date.now()));
  for (const { stackId } of stacks) ends.push(await ended(client, stackId, 500));
  return ends;
}

/** One after the other, so that the polls of one do not slow down another. */
async function seenByPolling(client: StackTimeoutsClient): Promise<number[]> {
  const late: number[] = [];
  for (let n = 0; n < POLLED.count; n++) {
    const { stackId, deadline } = await start(client, `polled/${n}`, 2);
    await ended(client, stackId, POLLED.everyMs);
    late.push(Date.now() - Date.parse(deadline));
  }
  return late;
}

const ended = (client: StackTimeoutsClient, stackId: string, every: number): Promise<Stack> =>
  eventually(
    async () => {
      const { stack } = accepted(await client.getStack({ stackId }));
      if (stack.status === 'IN_PROGRESS') throw new Error(`${stackId} has not timed out`);
      return stack;
    },
    { within: 300_000, every },
  );
