/**
 * What several actors came to who acted at once, and whether they might have come to it one after
 * the other.
 */
import type { Child, RowChange } from '../../lambdas/domain/consequences.ts';
import type { ResourceActionRow } from '../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import { effects } from '../../lambdas/effects/effects.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { RETENTION } from '../support/rows.ts';
import type { Schedule } from './explore.ts';
import { expectPromisesKept } from './promises.ts';
import { type Ports, scheduledPorts } from './scheduled-ports.ts';

/** Where a race begins. */
export interface Start {
  readonly now: number;
  readonly rows: readonly (StackRow | ResourceActionRow)[];
  /** Those that their parents know. */
  readonly children?: readonly Child[];
  /** Changes whose effects were not applied yet. */
  readonly pending?: readonly RowChange[];
  /** The input of the resource action, as JSON. */
  readonly input?: string;
}

/** Somebody who does one thing, or one after another. */
export interface Actor {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Whether it decides by two rows, which are not read at the same moment. */
  readonly readsTwoRows?: boolean;
  readonly movesTime?: boolean;
}

/**
 * Whatever else happens may happen before a step or after it, but not amid it. @returns the answer
 * that the actor got.
 */
type Step = (ports: Ports) => Promise<unknown>;

export interface Outcome {
  /** The answers of each actor, step by step. */
  readonly answers: readonly (readonly unknown[])[];
  /** How often each step had to be tried. */
  readonly tries: readonly (readonly number[])[];
  /**
   * The rows when all had acted, those when everything that follows was done, and the children that
   * are known.
   */
  readonly rows: unknown;
}

/** Every call takes effect at once: nobody else acts. */
const atOnce: Schedule = (_, call) => call();

/** All actors begin at once; their calls take effect in the order of the scheduler. */
export async function race(start: Start, actors: readonly Actor[], schedule: Schedule): Promise<Outcome> {
  const harness = new RaceHarness(start, actors, schedule);
  await Promise.all(
    actors.map(async ({ steps }, actor) => {
      for (const step of steps.keys()) await harness.take(actor, step);
    }),
  );
  return harness.outcome();
}

/** What the actors may come to step by step. Who was told to try again has taken a step twice. */
export async function oneAfterTheOther(
  start: Start,
  actors: readonly Actor[],
  tries: Outcome['tries'],
): Promise<Outcome[]> {
  const turns = tries.map((ofActor) => ofActor.flatMap((times, step) => new Array<number>(times).fill(step)));
  const outcomes: Outcome[] = [];
  for (const order of ordersOf(turns)) {
    const harness = new RaceHarness(start, actors, atOnce);
    for (const [actor, step] of order) await harness.take(actor, step);
    outcomes.push({ ...(await harness.outcome()), tries });
  }
  return outcomes;
}

type Turn = readonly [actor: number, step: number];

/** Every merge of what each of the actors does. */
function ordersOf(turns: readonly (readonly number[])[]): Turn[][] {
  if (turns.every((left) => left.length === 0)) return [[]];
  return turns.flatMap(([step, ...rest], actor) => {
    if (step === undefined) return [];
    return ordersOf(turns.with(actor, rest)).map((order): Turn[] => [[actor, step], ...order]);
  });
}

class RaceHarness {
  readonly #start: Start;
  readonly #actors: readonly Actor[];
  readonly #table = new MemoryTable();
  readonly #clock: ManualClock;
  readonly #appliedEffects: Ports['appliedEffects'] = new Set();
  readonly #ports: Ports[];
  readonly #answers: unknown[][];
  readonly #tries: number[][];

  constructor(start: Start, actors: readonly Actor[], schedule: Schedule) {
    this.#start = start;
    this.#actors = actors;
    this.#clock = new ManualClock(start.now);
    this.#ports = actors.map(() => scheduledPorts(this.#table, this.#clock, schedule, this.#appliedEffects));
    this.#answers = actors.map(() => []);
    this.#tries = actors.map(() => []);
    this.#table.stream.push(...(start.pending ?? []));
    // What is in memory takes it at once.
    for (const child of start.children ?? []) void this.#table.children.add(child, start.now + RETENTION);
    for (const row of start.rows) {
      if ('resource' in row) this.#add(row);
      else this.#table.rows.set(row.stackId, row);
    }
  }

  #add(row: ResourceActionRow): void {
    const key = `${row.stackId}\n${row.resource}`;
    this.#table.resourceRows.set(key, row);
    const { operationId, attempt } = row;
    if (this.#start.input === undefined) return;
    this.#table.payloads.set(`input\n${key}`, { operationId, attempt, json: this.#start.input });
  }

  /** A Lambda error means "try again". */
  async take(actor: number, step: number): Promise<void> {
    const [take, ports] = [this.#actors[actor]?.steps[step], this.#ports[actor]];
    const [answers, tries] = [this.#answers[actor], this.#tries[actor]];
    if (!(take && ports && answers && tries)) throw new Error('no such step');
    for (let tried = 1; ; tried++) {
      try {
        answers[step] = await take(ports);
        tries[step] = tried;
        return;
      } catch (error) {
        if (tried === 3) throw error;
      }
    }
  }

  async outcome(): Promise<Outcome> {
    const before = this.#rows();
    const rest = scheduledPorts(this.#table, this.#clock, atOnce, this.#appliedEffects);
    await applyRemainingEffects(rest, this.#table);
    const all = [...this.#ports, rest];
    const after = this.#rows();
    expectPromisesKept({
      start: this.#start.rows,
      written: all.flatMap(({ written }) => written),
      finalRows: after,
      answers: this.#answers.flat(),
      published: all.flatMap(({ bus }) => bus.published),
    });
    const children = [...this.#table.childItems.keys()].sort();
    return { answers: this.#answers, tries: this.#tries, rows: { before, after, children } };
  }

  #rows(): (StackRow | ResourceActionRow)[] {
    return [...this.#table.rows.values(), ...this.#table.resourceRows.values()];
  }
}

/** Everything that follows from what was written, and from that, if nobody has done it before. */
async function applyRemainingEffects(ports: Ports, { stream }: MemoryTable): Promise<void> {
  for (let seen = 0; seen < stream.length; ) {
    const changes = stream.slice(seen);
    seen += changes.length;
    await effects(
      ports,
      changes.filter(({ after }) => !ports.appliedEffects.has(after)),
    );
  }
}
