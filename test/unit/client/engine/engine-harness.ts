/** An engine among services in memory, under a time that the test lets pass. */
import {
  Engine,
  type EngineEvent,
  type EngineOptions,
  StackTimeoutsClient,
  type Work,
  type WorkMessage,
  type WorkQueue,
} from '../../../../client/index.ts';
import { settle, VirtualTime } from '../virtual-time.ts';
import { FakeWorkService } from './fake-work-service.ts';

const VISIBILITY_MS = 30_000;
const POLL_MS = 20_000;

/** SQS as an engine sees it: long polls, messages that come again, calls that fail. */
export class FakeQueue implements WorkQueue {
  readonly messages: { id: string; body: string; visibleAt: number; deliveries: number }[] = [];
  /** What was asked for, poll by poll. */
  readonly polls: number[] = [];
  /** What the next calls fail with. */
  readonly failures: Record<'receive' | 'delete' | 'putBack', number> = { receive: 0, delete: 0, putBack: 0 };
  readonly #time: VirtualTime;
  #ids = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  put(body: string): void {
    this.messages.push({ id: `message-${++this.#ids}`, body, visibleAt: this.#time.now(), deliveries: 0 });
  }

  async receive(max: number, signal: AbortSignal): Promise<WorkMessage[]> {
    this.polls.push(max);
    this.#fail('receive');
    for (const until = this.#time.now() + POLL_MS; ; ) {
      if (signal.aborted) throw new Error('Request aborted');
      const visible = this.messages.filter(({ visibleAt }) => visibleAt <= this.#time.now()).slice(0, max);
      for (const message of visible) {
        message.visibleAt = this.#time.now() + VISIBILITY_MS;
        message.deliveries++;
      }
      if (visible.length > 0 || this.#time.now() >= until)
        return visible.map(({ id, body, deliveries }) => ({ id, body, receipt: id, deliveries }));
      await this.#time.sleep(100, signal);
    }
  }

  async delete({ receipt }: WorkMessage): Promise<void> {
    this.#fail('delete');
    this.messages.splice(
      this.messages.findIndex(({ id }) => id === receipt),
      1,
    );
  }

  async putBack({ receipt }: WorkMessage, afterSeconds = 0): Promise<void> {
    this.#fail('putBack');
    for (const message of this.messages)
      if (message.id === receipt) message.visibleAt = this.#time.now() + afterSeconds * 1000;
  }

  #fail(call: keyof FakeQueue['failures']): void {
    if (this.failures[call]-- > 0) throw new Error(`${call} failed`);
  }
}

export class EngineHarness {
  readonly time = new VirtualTime();
  readonly service: FakeWorkService;
  readonly queue = new FakeQueue(this.time);
  readonly events: EngineEvent[] = [];
  /** What handlers were given, in order. */
  readonly works: Work[] = [];
  /** How many handlers run, and how many ran at once. */
  running = 0;
  mostRunning = 0;
  /** What a handler does. */
  handle: (work: Work) => unknown = () => undefined;
  readonly engine: Engine;
  /** Whether run() has resolved. */
  ended = false;
  readonly #stop = new AbortController();

  /** @param skew how far the service's clock is ahead, in milliseconds. */
  constructor(options: Partial<EngineOptions> = {}, { skew = 0, attempts = 1 } = {}) {
    this.service = new FakeWorkService(this.time.now, skew);
    const { now, sleep } = this.time;
    let ids = 0;
    this.engine = new Engine({
      client: new StackTimeoutsClient({ transport: this.service, attempts, sleep, random: () => 1 }),
      queue: this.queue,
      handlers: { '*': (work) => this.#handle(work) },
      engineId: 'engine-1',
      onEvent: (event) => this.events.push(event),
      now,
      sleep,
      random: () => 1,
      newId: () => `claim-${++ids}`,
      ...options,
    });
  }

  /** Adds a resource action, and the message that offers it. */
  offer(resource: string, more: Parameters<FakeWorkService['add']>[1] = {}) {
    const row = this.service.add(resource, more);
    this.queue.put(this.service.message(row));
    return row;
  }

  /** Starts the engine, and lets it do what it can without time passing. */
  async start(): Promise<this> {
    void this.engine.run(this.#stop.signal).then(() => {
      this.ended = true;
    });
    await settle();
    return this;
  }

  /** Tells the engine to end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await settle();
  }

  /** The types of the events so far; of a fault also the call, of a loss also the code. */
  get happened(): string[] {
    return this.events.map((event) => {
      if (event.type === 'fault') return `fault ${event.during}`;
      return event.type === 'lost' ? `lost ${event.code}` : event.type;
    });
  }

  /** How often each command was sent. */
  count(command: Parameters<FakeWorkService['sent']>[0]): number {
    return this.service.sent(command).length;
  }

  async #handle(work: Work): Promise<unknown> {
    this.works.push(work);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      return await this.handle(work);
    } finally {
      this.running--;
    }
  }
}

/** A handler that works for so long, or until it is told to stop. */
export const heeding =
  (time: VirtualTime, seconds: number) =>
  async ({ signal }: Work): Promise<string> => {
    await time.sleep(seconds * 1000, signal);
    signal.throwIfAborted();
    return 'done';
  };

/** A handler that goes on for so long, whatever it is told. */
export const stubborn = (time: VirtualTime, seconds: number) => async (): Promise<string> => {
  await time.sleep(seconds * 1000);
  return 'done';
};
