/** The engine of the demo, a process of its own: starts the planned operations, and is killed while it works on them. */
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { accepted } from '../client/errors.ts';
import type { Stack } from '../contract/index.ts';
import { clientFor } from '../local/client.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { PLAN } from './plan.ts';

/** What the engine tells, a line of JSON each. */
export type EngineReport =
  | { readonly did: 'started' | 'completed' | 'extended'; readonly stack: Stack }
  /** All is under way; from here on it only works. */
  | { readonly did: 'everything' };

const report = (line: EngineReport) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function work(outputs: Outputs): Promise<void> {
  const client = clientFor(outputs);
  for (const { stackId, operationId, action, timeoutSeconds } of PLAN) {
    const { stack } = accepted(await client.startOperation({ stackId, operationId, action, timeoutSeconds }));
    report({ did: 'started', stack });
  }
  await setTimeout(3000);
  for (const { stackId, operationId, lastAct } of PLAN) {
    if (lastAct === undefined) continue;
    const name = { stackId, operationId };
    if ('complete' in lastAct) {
      const { stack } = accepted(await client.completeOperation({ ...name, status: 'COMPLETE' }));
      report({ did: 'completed', stack });
    } else {
      const fields = { ...name, timeoutSeconds: lastAct.extendToSeconds };
      const { stack } = accepted(await client.extendOperation(fields));
      report({ did: 'extended', stack });
    }
  }
  report({ did: 'everything' });
}

// It lives until it is killed, or until the demo that started it is gone.
process.stdin.on('end', () => process.exit()).resume();
await work(JSON.parse(await readFile(process.argv[2] as string, 'utf8')));
