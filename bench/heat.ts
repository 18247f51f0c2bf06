/**
 * heat-bridge beside a Heat with 1 000 stacks IN_PROGRESS: its memory, CPU and queries; how soon a
 * stack has its timeout; how soon the work of dead engines goes on. Needs Debian 12, as
 * `npm run test:heat` does. The stacks are copies of the rows of one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../local/eventually.ts';
import { asUser, startBridge } from '../local/heat/bridge.ts';
import { type Heat, startHeat } from '../local/heat/heat.ts';
import { createTimeoutQueue } from '../local/heat/timeout-queue.ts';
import { interrupted } from '../local/interruption.ts';
import type { Outputs } from '../local/local-cloud.ts';
import { percentile } from '../test/support/statistics.ts';
import { type Stacks, slow, stacksOf } from '../test/system/heat/support/stacks.ts';
import { cpuOf, printMemory } from './process-usage.ts';

const COPIES = 1000;
/** The bridge compares all stacks every 30 s: once more after all were started. */
const REST_MS = 35_000;
const STEADY_SECONDS = 120;
const PROBES = 50;
const DEATHS = 4;
const PATIENCE = { within: 300_000, every: 20 };

export async function heat(outputs: Outputs): Promise<void> {
  const heat = await startHeat(interrupted());
  try {
    await measure(heat, stacksOf(heat), outputs);
  } finally {
    await heat.stop();
  }
}

async function measure(heat: Heat, stacks: Stacks, outputs: Outputs): Promise<void> {
  // A user of its own, so that its queries can be counted.
  await heat.sql(
    "SET GLOBAL userstat = 1; GRANT SELECT ON heat.* TO bridge@'127.0.0.1' IDENTIFIED BY 'bridge'",
  );
  /** When the timeout of each stack was started. */
  const startedAt = new Map<string, number>();
  /** When a step of each stack was resumed last. */
  const resumedAt = new Map<string, number>();
  const bridge = startBridge(
    asUser(heat, 'bridge'),
    outputs,
    await createTimeoutQueue(outputs),
    ['--recover', '--engine-grace', '10'],
    ({ message, stackId = '', time }) => {
      if (message === 'operation started') startedAt.set(stackId, Date.parse(time));
      if (message === 'resuming a step') resumedAt.set(stackId, Date.parse(time));
    },
  );
  const pid = bridge.process.pid as number;
  try {
    for (let n = 0; n < DEATHS; n++) await measureDeath(heat, stacks, resumedAt, `chain-${n}`);

    // Long enough to be copied while an engine works on it.
    await stacks.create('model', { only: slow('create', 10) }, { timeout_mins: 240 });
    await stacks.worksOn('model');
    await copyModel(heat);
    const copied = Date.now();
    const copies = (await stacks.all()).flatMap(({ name, id }) => (name.startsWith('copy-') ? id : []));
    const allIn = (times: ReadonlyMap<string, number>) =>
      eventually(async () => Math.max(...copies.map((id) => timeOf(times, id))), PATIENCE);
    await allIn(startedAt);
    console.log(`${COPIES} timeouts started ${seconds(Date.now() - copied)} after their stacks were there`);
    await sleep(REST_MS);

    const [cpu, queries] = [await cpuOf(pid), await queriesOf(heat)];
    await sleep(STEADY_SECONDS * 1000);
    const share = (((await cpuOf(pid)) - cpu) / STEADY_SECONDS) * 100;
    const rate = (((await queriesOf(heat)) - queries) / STEADY_SECONDS) * 60;
    await printMemory(pid);
    console.log(`CPU: ${share.toFixed(1)} % of a core; queries: ${rate.toFixed(0)} a minute`);

    const delays: number[] = [];
    for (let n = 0; n < PROBES; n++) {
      await stacks.create(`probe-${n}`, { only: slow('create', 1) });
      const answered = Date.now();
      const { id } = await stacks.row(`probe-${n}`);
      delays.push((await eventually(async () => timeOf(startedAt, id), PATIENCE)) - answered);
    }
    console.log(
      `from Heat's answer to the timeout's start, ${PROBES} times: p50 ${percentile(delays, 50)} ms, most ${Math.max(...delays)} ms`,
    );

    resumedAt.clear();
    heat.killEngines();
    const died = Date.now();
    await heat.startEngines();
    const last = await allIn(resumedAt);
    console.log(`engines killed with ${COPIES} stacks: the last one resumed after ${seconds(last - died)}`);
  } finally {
    await bridge.kill();
  }
}

/** The engines die while they create a stack, alone; new ones are started. */
async function measureDeath(
  heat: Heat,
  stacks: Stacks,
  resumedAt: Map<string, number>,
  name: string,
): Promise<void> {
  await stacks.createChain(name);
  await eventually(async () => {
    if ((await completeOf(heat, name)) < 3) throw new Error(`${name} has not begun`);
  }, PATIENCE);
  const { id } = await stacks.row(name);
  heat.killEngines();
  const died = Date.now();
  const complete = await completeOf(heat, name);
  await heat.startEngines();
  const resumed = await eventually(async () => timeOf(resumedAt, id), PATIENCE);
  await eventually(async () => {
    if ((await completeOf(heat, name)) <= complete) throw new Error(`${name} does not go on`);
  }, PATIENCE);
  console.log(
    `engines killed: the step resumed after ${seconds(resumed - died)}, the next resource COMPLETE after ${seconds(Date.now() - died)}`,
  );
  await stacks.reaches(name, 'CREATE_COMPLETE', PATIENCE.within);
}

/** @throws Error if there is none yet. */
function timeOf(times: ReadonlyMap<string, number>, stackId: string): number {
  const at = times.get(stackId);
  if (at === undefined) throw new Error(`not yet: ${stackId}`);
  return at;
}

/** Copies of a stack IN_PROGRESS with its resource, each an operation of its own. */
async function copyModel(heat: Heat): Promise<void> {
  /** Copies rows as they are, but for some columns. Undefined: the database fills the column in. */
  const copy = async (table: string, from: string, changes: Record<string, string | undefined>) => {
    const columns = await heat.sql(
      `SELECT column_name FROM information_schema.columns WHERE table_schema = 'heat' AND table_name = '${table}'`,
    );
    const names = columns.flatMap(([name = '']) => (name in changes && !changes[name] ? [] : name));
    const values = names.map((name) => changes[name] ?? `model.\`${name}\``);
    await heat.sql(
      `INSERT INTO ${table} (${names.map((name) => `\`${name}\``)}) SELECT ${values} FROM ${from}`,
    );
  };
  await copy('stack', `stack model JOIN seq_1_to_${COPIES} WHERE model.name = 'model'`, {
    id: 'UUID()',
    name: "CONCAT('copy-', seq)",
    current_traversal: 'UUID()',
    created_at: 'UTC_TIMESTAMP()',
  });
  const one = "SELECT id FROM stack WHERE name = 'model'";
  await copy(
    'resource',
    `resource model JOIN stack copy ON copy.name LIKE 'copy-%' WHERE model.stack_id = (${one})`,
    {
      id: undefined,
      uuid: 'UUID()',
      stack_id: 'copy.id',
      root_stack_id: 'copy.id',
    },
  );
  // What is to be done with the resource: without it, no step of a copy could be resumed.
  await heat.sql(
    `UPDATE stack copy JOIN resource own ON own.stack_id = copy.id JOIN resource model ON model.stack_id = (${one})
     SET copy.current_deps = REPLACE(copy.current_deps, CONCAT('[', model.id, ', '), CONCAT('[', own.id, ', '))
     WHERE copy.name LIKE 'copy-%'`,
  );
  await copy(
    'sync_point',
    `sync_point model JOIN stack copy ON copy.name LIKE 'copy-%' JOIN resource own ON own.stack_id = copy.id
     WHERE model.stack_id = (${one})`,
    {
      entity_id: 'IF(model.entity_id = model.stack_id, copy.id, own.id)',
      traversal_id: 'copy.current_traversal',
      stack_id: 'copy.id',
    },
  );
}

async function queriesOf(heat: Heat): Promise<number> {
  const [[count] = []] = await heat.sql(
    `SELECT select_commands + update_commands + other_commands
     FROM information_schema.user_statistics WHERE user = 'bridge'`,
  );
  return Number(count);
}

/** How many resources of a stack are COMPLETE. */
async function completeOf(heat: Heat, stack: string): Promise<number> {
  const [[count] = []] = await heat.sql(
    `SELECT COUNT(*) FROM resource JOIN stack ON stack.id = stack_id
     WHERE stack.name = '${stack}' AND resource.action = 'CREATE' AND resource.status = 'COMPLETE'`,
  );
  return Number(count);
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
