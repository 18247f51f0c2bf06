/**
 * The history: how many entries and bytes an operation makes, and how long after a change its entry
 * can be read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { renderTable } from '../cli/terminal/table.ts';
import type { StackTimeoutsClient } from '../client/client.ts';
import { accepted } from '../client/errors.ts';
import { toHistoryItem } from '../lambdas/adapters/dynamodb/history-item.ts';
import type { Item } from '../lambdas/adapters/dynamodb/keys.ts';
import { clientFor } from '../local/client.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { TestHarness } from '../test/support/harness.ts';
import { resourceAction } from '../test/support/resources.ts';
import { percentile } from '../test/support/statistics.ts';

const RESOURCES = 100;
const ATTEMPTS = 3;
const CHANGES = 40;

export async function history(outputs: Outputs): Promise<void> {
  const sizes = (await itemsOfAnOperation()).map(sizeOf);
  const bytes = sizes.reduce((a, b) => a + b, 0);
  const headers = [
    'resource actions',
    'attempts each',
    'entries',
    'bytes',
    'bytes an entry',
    'largest',
    'write units',
  ];
  const units = sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0);
  const figures = [
    RESOURCES,
    ATTEMPTS,
    sizes.length,
    bytes,
    Math.round(bytes / sizes.length),
    Math.max(...sizes),
    units,
  ];
  console.log(renderTable(headers, [figures.map(String)]));

  const client = clientFor(outputs);
  const delays: number[] = [];
  for (let n = 0; n < CHANGES; n++) delays.push(await delayOfEntry(client, `stack-${n}`));
  const late = [50, 99].map((p) => String(percentile(delays, p)));
  console.log(renderTable(['changes', 'entry read after ms, p50', 'p99'], [[String(CHANGES), ...late]]));
}

/** In memory: what the deployed code makes of an operation whose last attempts complete. */
async function itemsOfAnOperation(): Promise<Item[]> {
  const harness = new TestHarness();
  await harness.start('stack-of-usual-length', 3600);
  const all = Array.from({ length: RESOURCES }, (_, n) =>
    resourceAction(harness, `resource-${n}`, 'stack-of-usual-length'),
  );
  const retry = { maxAttempts: ATTEMPTS, intervalSeconds: 1, jitter: 'NONE' };
  for (const one of all) await one.dispatch({ retry });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const status = attempt === ATTEMPTS ? 'COMPLETE' : 'FAILED';
    for (const one of all) await one.claim('claim', attempt);
    for (const one of all) await one.complete({ status }, 'claim', attempt);
    await harness.run(5);
  }
  const operation = { stackId: 'stack-of-usual-length', operationId: 'op-1' };
  await harness.command({ command: 'CompleteOperation', ...operation, status: 'COMPLETE' });
  await harness.tick();
  return [...harness.table.entries.values()].map(toHistoryItem);
}

/**
 * As DynamoDB counts it
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 */
const sizeOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, { S, N = '' }]) => {
    const value = S === undefined ? Math.ceil(N.length / 2) + 1 : Buffer.byteLength(S);
    return sum + Buffer.byteLength(name) + value;
  }, 0);

/** From the start of an operation to the first read that shows its entry. */
async function delayOfEntry(client: StackTimeoutsClient, stackId: string): Promise<number> {
  const operation = { stackId, operationId: 'op', action: 'CREATE', timeoutSeconds: 600 } as const;
  const { stack } = accepted(await client.startOperation(operation));
  for (;;) {
    const { history: entries } = accepted(await client.getHistory({ stackId }));
    if (entries.length > 0) return Date.now() - Date.parse(stack.startedAt);
    await sleep(20);
  }
}
