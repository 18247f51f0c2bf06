/** The scenario on two Heats that run already. */
import { eventually } from '../../local/eventually.ts';
import type { Bridge } from '../../local/heat/bridge.ts';
import type { Heat } from '../../local/heat/heat.ts';
import { stackRows, stacksWithEngine } from '../../local/heat/stack-rows.ts';
import {
  checkOperation,
  deadlineOf,
  type EnginesDown,
  endOf,
  fromDeadline,
  latest,
  type ObservedOperation,
  SIDES,
  type Side,
} from './observed-operation.ts';
import { begin, createQuickly, OPERATIONS, prepare } from './operations.ts';
import { createWatcher, type DemoSetup, ENDING } from './watcher.ts';

const STEP_SECONDS = 60;
/** How long the engines work, and how long there is none. */
const WORK_SECONDS = 3;
const DOWN_SECONDS = 5;

export interface Seen {
  readonly observed: readonly ObservedOperation[];
  readonly down: EnginesDown;
  /** What was not as the demo claims, in words. */
  readonly failures: readonly string[];
}

/** @param watchSeconds how long to watch after the last deadline. */
export async function runScenario(setup: DemoSetup, watchSeconds: number): Promise<Seen> {
  const { screen, heats, bridge } = setup;
  const both = <T>(work: (heat: Heat, side: Side) => Promise<T>) =>
    Promise.all(SIDES.map((side) => work(heats[side], side)));

  screen.print('\n1. Both Heats get the same operations, each with a timeout of a minute\n');
  const watcher = createWatcher(setup);
  await watcher.during(both((heat) => beginAll(heat)));
  const isWorkedOn = async (heat: Heat) => (await stacksWithEngine(heat)) === OPERATIONS.length;
  const areAllWorkedOn = async () =>
    watcher.observed().length === 2 * OPERATIONS.length && (await both(isWorkedOn)).every(Boolean);
  if (!(await watcher.until(areAllWorkedOn, STEP_SECONDS)))
    throw new Error(
      `after ${STEP_SECONDS} s the engines do not work on all operations; is the machine busy?`,
    );
  await watcher.wait(WORK_SECONDS);

  screen.print('\n2. All engines of both Heats are killed, in the middle of their work\n');
  const from = Date.now();
  for (const heat of Object.values(heats)) heat.killEngines();
  screen.say('SIGKILL to the engines of both Heats: none is left to watch a timeout');
  await watcher.wait(DOWN_SECONDS);
  await watcher.during(both((heat) => heat.startEngines()));
  const down = { from, until: Date.now() };
  screen.say(`engines are started again, after ${((down.until - from) / 1000).toFixed(0)} s`);
  await watcher.during(both((heat) => createProof(heat)));
  screen.say('both create a new stack, proof: CREATE_COMPLETE. Both Heats are healthy again');

  screen.print('\n3. The timeouts pass\n');
  const isWatched = (one: ObservedOperation) =>
    fromDeadline(one, one.lastObservedAt) >= watchSeconds && (one.side === 'without' || endOf(one));
  const left = Math.max(...watcher.observed().map(deadlineOf)) - Date.now();
  await watcher.until(() => watcher.observed().every(isWatched), left / 1000 + watchSeconds + STEP_SECONDS);
  screen.show('');
  const observed = watcher.observed();
  const answers = (await both((heat, side) => checkAnswers(heat, side, observed))).flat();
  const failures = [
    ...observed.flatMap((one) => checkOperation(one, down, watchSeconds)),
    ...observed.flatMap((one) => checkEnder(one, bridge)),
    ...answers,
  ];
  return { observed, down, failures };
}

async function beginAll(heat: Heat): Promise<void> {
  const prepared = await Promise.all(
    OPERATIONS.map(async (operation) => {
      const id = await prepare(heat, operation);
      if (id !== '') await untilCreated(heat, operation.stack);
      return [operation, id] as const;
    }),
  );
  await Promise.all(prepared.map(([operation, id]) => begin(heat, operation, id)));
}

async function createProof(heat: Heat): Promise<void> {
  await createQuickly(heat, 'proof');
  await untilCreated(heat, 'proof');
}

/** @throws Error if it takes too long. */
const untilCreated = (heat: Heat, stack: string): Promise<void> =>
  eventually(
    async () => {
      const row = (await stackRows(heat)).find(({ name }) => name === stack);
      if (row?.state !== 'CREATE_COMPLETE') throw new Error(`the stack ${stack} is ${row?.state}`);
    },
    { within: STEP_SECONDS * 1000 },
  );

interface Answer {
  readonly stack: { readonly stack_status: string };
}

/** Asks Heat's API, as its users do: it must say what the rows say. */
async function checkAnswers(
  heat: Heat,
  side: Side,
  observed: readonly ObservedOperation[],
): Promise<string[]> {
  const failures: string[] = [];
  for (const one of observed.filter((one) => one.side === side)) {
    const { stack } = one.operation;
    const answer = await heat.api<Answer>('GET', `/stacks/${stack}/${one.id}`);
    const { state } = latest(one);
    if (answer.stack.stack_status !== state)
      failures.push(
        `${stack} ${side} heat-bridge: the API says ${answer.stack.stack_status}, the row ${state}`,
      );
  }
  return failures;
}

/** Whether it was the bridge that made Heat end the operation. */
function checkEnder({ side, operation, id }: ObservedOperation, { log }: Bridge): string[] {
  if (side === 'without' || log.some(({ message, stackId }) => stackId === id && message === ENDING))
    return [];
  return [`${operation.stack} with heat-bridge: the bridge did not end it`];
}
