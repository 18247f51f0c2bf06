/** Ending an operation with 1 000 resource actions: how long until the last one is ended, and with how many calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { renderTable } from '../lambdas/client/cli/table.ts';
import { accepted } from '../lambdas/client/errors.ts';
import { clientFor } from '../local/client.ts';
import type { LocalCloud } from '../local/local-cloud.ts';

const RESOURCES = 1000;

export async function cascade({ outputs }: LocalCloud): Promise<void> {
  const client = clientFor(outputs);
  const operation = { stackId: 'cascade', operationId: 'op' };
  accepted(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 3600 }));
  await pMap(
    Array.from({ length: RESOURCES }, (_, n) => `resource-${n}`),
    async (resource) => {
      const work = { ...operation, resource, action: 'CREATE', startToCloseSeconds: 600 } as const;
      accepted(await client.dispatchResource(work));
    },
    { concurrency: 8 },
  );
  // What the dispatches set off is over before the end is measured.
  await sleep(20_000);
  const { stack } = accepted(await client.cancelOperation(operation));
  const endedAt = Date.parse(stack.endedAt ?? '');
  let last: number | undefined;
  while (last === undefined) {
    await sleep(500);
    const ends: (string | undefined)[] = [];
    for await (const { endedAt } of client.resources(operation.stackId)) ends.push(endedAt);
    if (ends.every((end) => end !== undefined)) last = Math.max(...ends.map((end) => Date.parse(end)));
  }
  console.log(
    renderTable(
      ['resource actions', 'last one ended after ms'],
      [[String(RESOURCES), String(last - endedAt)]],
    ),
  );
}
