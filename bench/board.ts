/**
 * The board with 1 000 stacks in progress: how soon its first screen is there, how soon a change is
 * on it, how much memory it takes. The calls of a minute are counted in
 * `test/unit/cli/board/reader.test.ts`.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { accepted } from '../client/index.ts';
import { clientFor } from '../local/client.ts';
import { cdkEnvironment, PROJECT } from '../local/environment.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { median } from '../test/support/statistics.ts';
import { launchChromium } from '../test/system/board/browser.ts';
import { printMemory } from './process-usage.ts';

const STACKS = 1000;
const CHANGES = 15;
const REST_MS = 30_000;

export async function board(outputs: Outputs): Promise<void> {
  const client = clientFor(outputs);
  const stackIds = Array.from({ length: STACKS }, (_, n) => `board-${String(n).padStart(4, '0')}`);
  await pMap(
    stackIds,
    async (stackId, n) => {
      const operation = { stackId, operationId: 'op-1' };
      accepted(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 7200 + n }));
      if (n >= 20) return;
      const work = { ...operation, resource: 'server', action: 'CREATE', startToCloseSeconds: 600 } as const;
      accepted(await client.dispatchResource(work));
    },
    { concurrency: 10 },
  );
  // Until the functions have done what follows from the stacks' start.
  await setTimeout(REST_MS);
  // The operator's browser is open.
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto('about:blank');
  const began = performance.now();
  const child = spawn(process.execPath, [`${PROJECT}dist/cli/main.js`, 'board', '--port', '0', '--json'], {
    env: cdkEnvironment(process.env, outputs.endpoint) as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let url = '';
    for await (const line of createInterface(child.stdout)) {
      url = (JSON.parse(line) as { url: string }).url;
      break;
    }
    const since = () => `${((performance.now() - began) / 1000).toFixed(2)} s`;
    console.log(`address printed after ${since()}`);
    await page.goto(url);
    await page.locator('tbody a.stack').first().waitFor();
    console.log(`first stacks shown after ${since()}`);
    await page.getByText(`${STACKS} stacks, earliest`).waitFor();
    console.log(`all ${STACKS} counted after ${since()}`);
    await page.getByText('1 waiting').first().waitFor();
    console.log(`with their resource actions after ${since()}`);
    const delays: number[] = [];
    for (const stackId of stackIds.slice(0, CHANGES)) {
      const cancelled = client.cancelOperation({ stackId, operationId: 'op-1', reason: `reason-${stackId}` });
      const changed = performance.now();
      accepted(await cancelled);
      await page.getByText(`reason-${stackId}`).first().waitFor();
      delays.push(performance.now() - changed);
    }
    console.log(
      `from a change to the page, ${CHANGES} times: median ${median(delays)?.toFixed(0)} ms, most ${Math.max(...delays).toFixed(0)} ms`,
    );
    await printMemory(child.pid as number);
  } finally {
    child.kill('SIGKILL');
    await browser.close();
  }
}
