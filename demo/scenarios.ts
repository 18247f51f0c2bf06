/** The two scenarios, and the replay of a file. Each returns whether everything held. */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { accepted } from '../client/index.ts';
import { parseTemplate } from '../examples/hot-engine/hot.ts';
import { createPlan, deletePlan, type Plan } from '../examples/hot-engine/plan.ts';
import { startWalk } from '../examples/hot-engine/walk.ts';
import { checkEngines, checkOperation, LATENESS_BOUNDS, type Seen } from './checker.ts';
import { attemptsOf, endsOf, HEARTBEAT_SECONDS } from './event-log.ts';
import { OPERATIONS, type Operation, type Operations, runCommands, WITHOUT_SCHEDULE } from './operations.ts';
import type { Setup } from './setup.ts';
import { timelineOfOperation } from './timeline.ts';
import { lateSummary, operationTable, verdict } from './view.ts';

/** How long a step may take on a busy machine. The checker reports what did not happen. */
const STEP_SECONDS = 60;

/** The first scenario: an engine starts five operations, then is killed. */
export const endWithoutEngine = (setup: Setup): Promise<boolean> =>
  endOperations(setup, OPERATIONS, async () => {
    console.log('\n1. An engine starts five operations and is killed\n');
    const engine = await setup.startEngine('1');
    engine.send(OPERATIONS);
    await once(engine, 'message');
    setup.signalEngine('1', 'SIGKILL');
    await setup.until(() => setup.deleteSchedule(WITHOUT_SCHEDULE), STEP_SECONDS);
    setup.say(`${WITHOUT_SCHEDULE}: its schedule is deleted, only the sweep is left`);
  });

/** Runs the operations of a file. No engine is involved. */
export const replay = (setup: Setup, operations: Operations): Promise<boolean> =>
  endOperations(setup, operations, () => runCommands(setup.client, operations));

async function endOperations(setup: Setup, operations: Operations, start: () => Promise<void>) {
  const { client, entries, until } = setup;
  const timeouts = operations.map((one) => one.extendToSeconds ?? one.request.timeoutSeconds);
  const longest = Math.max(...timeouts) + LATENESS_BOUNDS.sweep + STEP_SECONDS;
  await Promise.all([start(), until(() => endsOf(entries).length >= operations.length, longest)]);
  const ask = async (operation: Operation) => {
    const { stack } = accepted(await client.getStack({ stackId: operation.request.stackId }));
    return [operation, stack] as const;
  };
  const ended = await pMap(operations, ask, { concurrency: 4 });
  console.log(`\n${operationTable(ended)}\n\n${lateSummary(ended)}\n`);
  const failures = ended.flatMap(([operation, stack]) => checkOperation(operation, stack, entries));
  return verdict(failures, 'none early, none lost, none too late, none touched after its end.');
}

const TEMPLATE = fileURLToPath(new URL('../examples/hot-engine/web.yaml', import.meta.url));
const stackId = 'web';
/** The work that an engine is in the middle of when it is killed or stopped. */
const LONG_SECONDS = { server_a: 15, server_b: 15 };
const MIDDLE_MS = 3000;
const DELETE_SECONDS = 20;

/** The second scenario: engines are killed and stopped. Writes their timeline as SVG. */
export async function loseEngines(setup: Setup, svgFile: string): Promise<boolean> {
  console.log('\n2. Engines work on a stack, and are lost (/walk goes through the graph of the template)\n');
  const { client, entries } = setup;
  const template = parseTemplate(await readFile(TEMPLATE, 'utf8'));
  const afterCreate = await createWithLosses(setup, createPlan(template));
  await begin(setup, 'DELETE', deletePlan(template), DELETE_SECONDS, 60);
  // The walk, and the first resource.
  await setup.until(() => held(setup, MIDDLE_MS).length >= 2, DELETE_SECONDS);
  for (const engine of ['A', 'C']) setup.signalEngine(engine, 'SIGKILL');
  const afterDelete = await untilEnded(setup, 'DELETE', DELETE_SECONDS + LATENESS_BOUNDS.sweep);
  await setup.until(async () => (await setup.scheduleNames()).length === 0, STEP_SECONDS);
  const created = await timelineOfOperation(client, { stackId, operationId: 'CREATE' });
  const deleted = await timelineOfOperation(client, { stackId, operationId: 'DELETE' });
  await mkdir(dirname(svgFile), { recursive: true });
  await writeFile(svgFile, created.svg);
  console.log(`\nCREATE\n${created.text}\n\nDELETE\n${deleted.text}\n`);
  const namesInTemplate = [...template.types.keys()];
  const schedulesLeft = await setup.scheduleNames();
  const run = { entries, namesInTemplate, afterCreate, afterDelete, schedulesLeft };
  const failures = [...checkEngines(run), ...created.failures, ...deleted.failures];
  const allHeld = verdict(failures, 'each loss noticed, each resource completed once, nothing left.');
  console.log(`\nThe timeline of the CREATE as SVG: ${svgFile}`);
  return allHeld;
}

async function createWithLosses(setup: Setup, plan: Plan): Promise<Seen> {
  const { entries, startEngine, signalEngine, until } = setup;
  const isInTheMiddle = (engine: string) => () =>
    held(setup, MIDDLE_MS).some((one) => one.engine === engine && one.resource in LONG_SECONDS);
  const lossesOfC = () => attemptsOf(entries).filter(({ engine, lost }) => engine === 'C' && lost);
  const fencings = () => entries.filter(({ kind }) => kind === 'fenced');
  await startEngine('A');
  await begin(setup, 'CREATE', plan, 300, 2);
  // A walks the graph, so that B and C have resources to lose.
  await until(() => held(setup).length > 0, STEP_SECONDS);
  await startEngine('B');
  await until(isInTheMiddle('B'), STEP_SECONDS);
  signalEngine('B', 'SIGKILL');
  await startEngine('C');
  await until(isInTheMiddle('C'), STEP_SECONDS);
  signalEngine('C', 'SIGSTOP');
  await until(() => lossesOfC().some(({ next }) => next?.change.engineId === 'A'), STEP_SECONDS);
  signalEngine('C', 'SIGCONT');
  await until(() => fencings().length >= lossesOfC().length, STEP_SECONDS);
  return untilEnded(setup, 'CREATE', 300);
}

/** The attempts that have been running for so many milliseconds. */
const held = ({ entries }: Setup, milliseconds = 0) =>
  attemptsOf(entries).filter((one) => !one.end && !one.lost && Date.now() - one.claimedAt >= milliseconds);

type Begin = readonly [action: 'CREATE' | 'DELETE', plan: Plan, timeoutSeconds: number, workSeconds: number];

/** Starts an operation, for which no engine is needed. An engine then walks the graph. */
async function begin({ client }: Setup, ...[action, plan, timeoutSeconds, seconds]: Begin): Promise<void> {
  const simulation = { seconds, secondsOf: action === 'CREATE' ? LONG_SECONDS : {}, fails: {} };
  const settings = { heartbeatSeconds: HEARTBEAT_SECONDS, maxAttempts: 5, rollback: false };
  const walk = { ...settings, action, plan, timeoutSeconds, simulation };
  await startWalk(client, { stackId, operationId: action }, walk);
}

/** Returns the stack after the bus published every end: the operation's and its resources'. */
async function untilEnded({ client, entries, until }: Setup, operationId: string, seconds: number) {
  const ask = async () => accepted(await client.getStack({ stackId }));
  let seen = await ask();
  const hasEnded = async () => {
    seen = await ask();
    return endsOf(entries).filter((end) => end.operationId === operationId).length > seen.resources.length;
  };
  await until(hasEnded, seconds);
  return seen;
}
