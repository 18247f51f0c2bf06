/**
 * The lateness of timeouts: 100 due in the same second by a delayed message, 20 through EventBridge
 * Scheduler.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { renderTable } from '../cli/terminal/table.ts';
import type { StackTimeoutsClient } from '../client/client.ts';
import type { Stack } from '../contract/index.ts';
import { clientFor } from '../local/client.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { percentile } from '../test/support/statistics.ts';

const NEAR = { label: 'delayed message, same second', count: 100, dueInSeconds: 30 };
/** Beyond the local cloud's near horizon of 45 s, so that each gets a schedule. */
const SCHEDULED = { label: 'schedule', count: 20, dueInSeconds: 70 };

export async function timeoutLateness(outputs: Outputs): Promise<void> {
  const client = clientFor(outputs);
  const rows: string[][] = [];
  for (const { label, count, dueInSeconds } of [NEAR, SCHEDULED]) {
    const ends = await timeOut(client, label, count, dueInSeconds);
    const late = ends.map(({ deadline, endedAt = '' }) => Date.parse(endedAt) - Date.parse(deadline));
    rows.push([
      label,
      String(count),
      String(late.filter((ms) => ms < 0).length),
      ...[Math.min(...late), percentile(late, 50), percentile(late, 99), Math.max(...late)].map(String),
    ]);
  }
  console.log(renderTable(['timers', 'count', 'early', 'min ms', 'median ms', 'p99 ms', 'max ms'], rows));
}

async function timeOut(
  client: StackTimeoutsClient,
  label: string,
  count: number,
  dueInSeconds: number,
): Promise<Stack[]> {
  const dueAt = Math.ceil(Date.now() / 1000) * 1000 + dueInSeconds * 1000;
  const started = Array.from({ length: count }, async (_, n) => {
    const fields = {
      stackId: `${label.replaceAll(/[^a-z]/g, '-')}/${n}`,
      operationId: 'op',
      action: 'CREATE',
    } as const;
    // Starting takes a while: a later start has less time left.
    const timeoutSeconds = Math.ceil((dueAt - Date.now()) / 1000);
    const answer = await client.startOperation({ ...fields, timeoutSeconds });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.stack;
  });
  const stacks = await Promise.all(started);
  const ends: Stack[] = [];
  // No reads before all are due: they would slow down the emulator.
  await sleep(Math.max(0, dueAt + 5000 - Date.now()));
  for (const { stackId } of stacks) {
    for (;;) {
      const answer = await client.getStack({ stackId });
      if (!answer.ok) throw new Error(answer.error.message);
      if (answer.stack.status !== 'IN_PROGRESS') {
        ends.push(answer.stack);
        break;
      }
      await sleep(500);
    }
  }
  return ends;
}
