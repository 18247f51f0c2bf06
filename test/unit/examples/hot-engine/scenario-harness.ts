/**
 * Engines that create, update and delete stacks of HOT templates on the real service code, in
 * memory and virtual time.
 */
import { expect } from 'vitest';
import { type Action, Engine, StackTimeoutsClient, type Work } from '../../../../client/index.ts';
import type { Template } from '../../../../examples/hot-engine/hot.ts';
import { createPlan, deletePlan, type Plan, updatePlan } from '../../../../examples/hot-engine/plan.ts';
import { WALK_TYPE, type Walk, walkDispatch } from '../../../../examples/hot-engine/walk.ts';
import { createWalker } from '../../../../examples/hot-engine/walker.ts';
import { createWorker } from '../../../../examples/hot-engine/worker.ts';
import { TestHarness } from '../../../support/harness.ts';
import { FakeQueue } from '../../client/engine/engine-harness.ts';
import { settle, VirtualTime } from '../../client/virtual-time.ts';
import { contentOf, EMPTY, ScenarioCloud, type Transition } from './scenario-cloud.ts';

const STACK = 'foo';
/**
 * Engines send a heartbeat every 2 s. So the work of a superseded operation stops before that of
 * the next one is done.
 */
const HEARTBEAT_SECONDS = 6;
const WORK_SECONDS = 3;
const PATIENCE_SECONDS = 400;
const ENGINES = 2;

type Options = Partial<Pick<Walk, 'rollback'>> & { readonly fails?: Walk['simulation']['fails'] };

export class ScenarioHarness {
  readonly #time = new VirtualTime();
  readonly #service = new TestHarness();
  readonly #queue = new FakeQueue(this.#time);
  readonly #cloud = new ScenarioCloud();
  readonly #transitions = new Map<string, Transition>();
  readonly #start = this.#service.clock.now();
  readonly #deathAtCall: number;
  #forwarded = 0;
  #operations = 0;
  #engines = 0;
  /** The number of commands that engines have sent. */
  calls = 0;
  deaths = 0;

  /** @param deathAtCall the engine that sends the command of this number dies before the answer. */
  constructor(deathAtCall = Number.POSITIVE_INFINITY) {
    this.#deathAtCall = deathAtCall;
    for (let n = 0; n < ENGINES; n++) this.#startEngine();
  }

  create = (after: Template, options?: Options): Promise<void> =>
    this.#begin('CREATE', createPlan(after), { before: EMPTY, after }, options);

  update = (before: Template, after: Template, options?: Options): Promise<void> =>
    this.#begin('UPDATE', updatePlan(before, after), { before, after }, options);

  delete = (before: Template, options?: Options): Promise<void> =>
    this.#begin('DELETE', deletePlan(before), { before, after: EMPTY }, options);

  /** Passes time until this many resources exist. */
  async has(count: number): Promise<void> {
    await this.#until(() => this.#cloud.size === count, `${count} resources`);
  }

  /** Passes time until the operation has ended, and expects exactly the resources of a template. */
  async ends(status: 'COMPLETE' | 'FAILED', template: Template): Promise<void> {
    const { rows, resourceRows } = this.#service.table;
    await this.#until(() => rows.get(STACK)?.status !== 'IN_PROGRESS', 'an end');
    expect(rows.get(STACK), rows.get(STACK)?.statusReason).toMatchObject({ status, cause: 'REPORTED' });
    // An engine learns of the end by its next heartbeat.
    await this.#pass(HEARTBEAT_SECONDS);
    expect(this.#cloud.content).toEqual(contentOf(template));
    expect(this.#cloud.wrong).toEqual([]);
    const open = [...resourceRows.values()].filter((row) => row.status === 'IN_PROGRESS');
    expect(open, 'left IN_PROGRESS').toEqual([]);
  }

  /** Supersedes the operation in progress. */
  async #begin(action: Action, plan: Plan, transition: Transition, options: Options = {}): Promise<void> {
    const operation = { stackId: STACK, operationId: `op-${++this.#operations}` };
    this.#transitions.set(operation.operationId, transition);
    const timeoutSeconds = 600;
    const walk: Walk = {
      plan,
      rollback: options.rollback ?? false,
      timeoutSeconds,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      maxAttempts: 5,
      simulation: { seconds: WORK_SECONDS, secondsOf: {}, fails: options.fails ?? {} },
    };
    await this.#command({ command: 'StartOperation', ...operation, action, timeoutSeconds, supersede: true });
    await this.#command({ command: 'DispatchResource', ...walkDispatch(operation, action, walk) });
  }

  async #command(request: object): Promise<void> {
    this.#setClock();
    const answer = await this.#service.command(request);
    if (!answer.ok) throw new Error(answer.error.message);
  }

  #startEngine(): void {
    const { now } = this.#time;
    const life = { alive: true };
    const sleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
      await this.#time.sleep(milliseconds, signal);
      if (!life.alive) await forEver;
      signal.throwIfAborted();
    };
    const transport = { invoke: (payload: string) => this.#invoke(payload, life) };
    const engine = new Engine({
      client: new StackTimeoutsClient({ transport, sleep: this.#time.sleep, random: () => 0.5 }),
      queue: {
        receive: (max, signal) => (life.alive ? this.#queue.receive(max, signal) : forEver),
        delete: (message) => (life.alive ? this.#queue.delete(message) : forEver),
      },
      handlers: {
        [WALK_TYPE]: createWalker({ sleep }),
        '*': (work) => this.#work(createWorker({ sleep }), work),
      },
      engineId: `engine-${++this.#engines}`,
      concurrency: 4,
      now,
      sleep: this.#time.sleep,
      random: () => 0.5,
      newId: () => `claim-${this.calls}-${now()}-${this.#engines}`,
    });
    void engine.run(new AbortController().signal);
  }

  async #work(worker: (work: Work) => Promise<unknown>, work: Work): Promise<unknown> {
    const output = await worker(work);
    this.#cloud.work(work.resource, this.#transitions.get(work.resource.operationId) as Transition);
    return output;
  }

  async #invoke(payload: string, life: { alive: boolean }): Promise<string> {
    if (!life.alive) return forEver;
    const dies = ++this.calls === this.#deathAtCall;
    this.#setClock();
    const answer = await this.#service.command(JSON.parse(payload));
    if (dies) {
      life.alive = false;
      this.deaths++;
      this.#startEngine();
    }
    return life.alive ? JSON.stringify(answer) : forEver;
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    for (let second = 0; !condition(); second++) {
      if (second > PATIENCE_SECONDS) throw new Error(`no ${what} within ${second} s: ${this.#cloud.content}`);
      await this.#pass(1);
    }
  }

  async #pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.#time.pass(1);
      this.#setClock();
      await this.#service.tick();
      const { published } = this.#service.bus;
      for (const detail of published.slice(this.#forwarded))
        if ('phase' in detail && detail.phase === 'QUEUED') this.#queue.put(JSON.stringify({ detail }));
      this.#forwarded = published.length;
      await settle();
    }
  }

  #setClock(): void {
    this.#service.clock.moveTo(this.#start + this.#time.now());
  }
}

const forEver = new Promise<never>(() => undefined);
