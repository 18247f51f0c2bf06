/** The time from the SIGKILL of an engine until another engine runs the next attempt. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { renderTable } from '../cli/terminal/table.ts';
import { accepted } from '../client/errors.ts';
import { clientFor } from '../local/client.ts';
import type { LocalCloud } from '../local/local-cloud.ts';
import { median, percentile } from '../test/support/statistics.ts';

const PROGRAM = fileURLToPath(new URL('engine-process.ts', import.meta.url));
const HEARTBEAT_SECONDS = 6;
const RESOURCES = ['a', 'b', 'c'];
const KILLS_OF_EACH = 10;
const ENGINES = 6;

interface Claimed {
  readonly type: string;
  readonly at: number;
  readonly resource: string;
  readonly attempt: number;
}

export async function engineFailover({ outputs, outputsFile }: LocalCloud): Promise<void> {
  const client = clientFor(outputs);
  const operation = { stackId: 'kills', operationId: 'op' };
  const engines = new Set<ChildProcess>();
  /** The latest claim of each resource. */
  const holders = new Map<string, Claimed & { readonly engine: ChildProcess }>();
  const startEngine = (): void => {
    const engine = spawn(process.execPath, [PROGRAM, outputsFile], { stdio: ['pipe', 'pipe', 'inherit'] });
    engines.add(engine);
    createInterface(engine.stdout).on('line', (line) => {
      const event: Claimed = JSON.parse(line);
      if (event.type === 'claimed') holders.set(event.resource, { ...event, engine });
    });
  };
  const heldIn = async (resource: string, attempt: number) => {
    for (;;) {
      const holder = holders.get(resource);
      if (holder !== undefined && holder.attempt >= attempt) return holder;
      await sleep(10);
    }
  };
  /** Milliseconds from each kill of its engine until a resource runs again. */
  const killHolders = async (resource: string): Promise<number[]> => {
    const waits: number[] = [];
    for (let kill = 1; kill <= KILLS_OF_EACH; kill++) {
      const { engine, attempt } = await heldIn(resource, kill);
      // A random moment between two heartbeats.
      await sleep(Math.random() * HEARTBEAT_SECONDS * 1000);
      engine.kill('SIGKILL');
      engines.delete(engine);
      const killedAt = Date.now();
      startEngine();
      waits.push((await heldIn(resource, attempt + 1)).at - killedAt);
    }
    return waits;
  };

  try {
    for (let n = 0; n < ENGINES; n++) startEngine();
    accepted(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 3600 }));
    for (const resource of RESOURCES) {
      const work = { ...operation, resource, action: 'CREATE', startToCloseSeconds: 3600 } as const;
      // Every retry has the first delay of the default policy.
      const retry = { maxAttempts: KILLS_OF_EACH + 1, backoffRate: 1 };
      accepted(await client.dispatchResource({ ...work, heartbeatSeconds: HEARTBEAT_SECONDS, retry }));
    }
    const waits = (await pMap(RESOURCES, killHolders)).flat();
    const row = [Math.min(...waits), median(waits), percentile(waits, 99), Math.max(...waits)];
    const headers = ['kills', 'heartbeat timeout s', 'min ms', 'median ms', 'p99 ms', 'max ms'];
    console.log(renderTable(headers, [[waits.length, HEARTBEAT_SECONDS, ...row].map(String)]));
  } finally {
    for (const engine of engines) engine.kill('SIGKILL');
  }
}
