/**
 * Engines on the service itself, while answers and messages get lost, engines die and others are
 * told to end.
 */
import { expect, test } from 'vitest';
import { Engine, StackTimeoutsClient, type Work } from '../../../../client/index.ts';
import { TestHarness } from '../../../support/harness.ts';
import { settle, VirtualTime } from '../virtual-time.ts';
import { FakeQueue } from './engine-harness.ts';

/** Numbers from 0 to 1 that only depend on the seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Simulation {
  readonly time = new VirtualTime();
  readonly service = new TestHarness();
  readonly queue = new FakeQueue(this.time);
  readonly random: () => number;
  /** Work that is being done and has not been told to stop, and how often two did the same. */
  readonly underWay: (Work & { readonly life: object })[] = [];
  collisions = 0;
  faults = 0.1;
  readonly #start = this.service.clock.now();
  #forwarded = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  /** An engine; `kill` ends it without a word. */
  engine(engineId: string) {
    const life = { alive: true };
    const stop = new AbortController();
    const forEver = new Promise<never>(() => undefined);
    const { sleep, now } = this.time;
    const transport = {
      invoke: (payload: string) => (life.alive ? this.#invoke(payload, life) : forEver),
    };
    const engine = new Engine({
      client: new StackTimeoutsClient({ transport, sleep, random: this.random, attempts: 3 }),
      queue: {
        receive: (max, signal) => (life.alive ? this.queue.receive(max, signal) : forEver),
        delete: (message) => (this.#chance(this.faults) ? this.#fail() : this.queue.delete(message)),
        putBack: (message, after) => this.queue.putBack(message, after),
      },
      handlers: { '*': (work) => this.#handle(work, life) },
      engineId,
      concurrency: 3,
      shutdownSeconds: 3,
      random: this.random,
      now,
      sleep,
    });
    const ended = engine.run(stop.signal);
    const kill = () => {
      life.alive = false;
      this.#prune((one) => one.life === life);
    };
    return { kill, stop: () => stop.abort(), ended };
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.time.pass(1);
      await this.#tick();
    }
  }

  async command(request: object) {
    this.#setClock();
    const answer = await this.service.command(request);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer;
  }

  async #invoke(payload: string, life: { alive: boolean }): Promise<string> {
    const fault = this.random() / this.faults;
    if (fault < 0.4) return this.#fail();
    if (fault < 0.5) await this.time.sleep(4000);
    this.#setClock();
    const answer = await this.service.command(JSON.parse(payload));
    if (fault < 1 || !life.alive) return this.#fail();
    return JSON.stringify(answer);
  }

  async #handle(work: Work, life: { alive: boolean }): Promise<string> {
    const { resource, attempt } = work.resource;
    const same = this.underWay.filter(
      (other) =>
        other.resource.resource === resource && other.resource.attempt === attempt && !other.signal.aborted,
    );
    this.collisions += same.length;
    this.underWay.push({ ...work, life });
    await this.time.sleep(1000 + this.random() * 15_000, work.signal);
    this.#prune(({ signal }) => signal === work.signal);
    if (!life.alive) return new Promise(() => undefined);
    work.signal.throwIfAborted();
    return 'done';
  }

  #prune(gone: (work: Simulation['underWay'][number]) => boolean): void {
    for (const work of this.underWay.filter(gone)) this.underWay.splice(this.underWay.indexOf(work), 1);
  }

  /**
   * The stream, wake-ups and the sweep; and the rule that brings new work to the queue, which may
   * lose or double it.
   */
  async #tick(): Promise<void> {
    this.#setClock();
    await this.service.tick();
    const { published } = this.service.bus;
    for (const detail of published.slice(this.#forwarded)) {
      if (!('phase' in detail) || detail.phase !== 'QUEUED') continue;
      const copies = this.#chance(this.faults) ? 0 : this.#chance(this.faults) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) this.queue.put(JSON.stringify({ detail }));
    }
    this.#forwarded = published.length;
    await settle();
  }

  #setClock(): void {
    this.service.clock.moveTo(this.#start + this.time.now());
  }

  #chance(probability: number): boolean {
    return this.random() < probability;
  }

  async #fail(): Promise<never> {
    throw new Error('connection reset');
  }
}

const STACK = { stackId: 'web', operationId: 'op-1' };
const RESOURCES = Array.from({ length: 8 }, (_, n) => `resource-${n}`);

async function dispatched(seed: number): Promise<Simulation> {
  const simulation = new Simulation(seed);
  await simulation.command({ command: 'StartOperation', ...STACK, action: 'CREATE', timeoutSeconds: 7200 });
  for (const resource of RESOURCES) {
    await simulation.command({
      command: 'DispatchResource',
      ...STACK,
      resource,
      action: 'CREATE',
      startToCloseSeconds: 60,
      heartbeatSeconds: 6,
      retry: { maxAttempts: 20, jitter: 'NONE', maxDelaySeconds: 5 },
    });
  }
  return simulation;
}

const resourcesOf = async (simulation: Simulation) => {
  const answer = await simulation.command({ command: 'GetStack', stackId: 'web' });
  return 'resources' in answer ? answer.resources : [];
};

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'whatever is lost and whoever dies, all work is done, one engine at a time (seed %i)',
  async (seed) => {
    const simulation = await dispatched(seed);
    const [killed, stopped] = [simulation.engine('killed'), simulation.engine('stopped')];
    simulation.engine('lasting');
    await simulation.pass(8);
    killed.kill();
    await simulation.pass(8);
    stopped.stop();
    await simulation.pass(600);
    await stopped.ended;
    const resources = await resourcesOf(simulation);
    expect(resources.map(({ resource, status }) => `${resource} ${status}`).sort()).toEqual(
      RESOURCES.map((resource) => `${resource} COMPLETE`),
    );
    expect(simulation.collisions).toBe(0);
  },
);

test('an engine that is told to end consumes no attempt', async () => {
  const simulation = await dispatched(1);
  simulation.faults = 0.000_001;
  const first = simulation.engine('first');
  await simulation.pass(3);
  expect(simulation.underWay.length).toBe(3);
  first.stop();
  await simulation.pass(6);
  await first.ended;
  expect((await resourcesOf(simulation)).filter(({ phase }) => phase === 'RUNNING')).toEqual([]);
  simulation.engine('second');
  await simulation.pass(200);
  for (const { status, attempt } of await resourcesOf(simulation))
    expect({ status, attempt }).toEqual({ status: 'COMPLETE', attempt: 1 });
});
