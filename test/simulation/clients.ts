/** Clients and engines: the project's own, over services that fail. */
import {
  Engine,
  type EngineEvent,
  StackTimeoutsClient,
  WorkFailed,
  type WorkMessage,
  type WorkQueue,
} from '../../client/index.ts';
import type { CommandName, Request } from '../../contract/index.ts';
import type { Functions } from './functions.ts';
import { attemptKey, CallFailed, type Process } from './process.ts';
import type { Message } from './queue.ts';
import type { Work } from './script.ts';
import type { Services } from './services.ts';

const LONG_POLL = 20_000;
const ATTEMPTS = 4;

function clientOf(functions: Functions, process: Process): StackTimeoutsClient {
  const transport = {
    async invoke(payload: string): Promise<string> {
      return JSON.stringify(await functions.command(process, JSON.parse(payload)));
    },
  };
  const random = () => process.random.next();
  return new StackTimeoutsClient({ transport, attempts: ATTEMPTS, sleep: process.sleep, random });
}

/** Sends a request until it is answered, but so many times at most. */
export async function ask(
  services: Services,
  functions: Functions,
  request: Request,
  tries: number,
): Promise<void> {
  const process = services.process('client', request);
  const client = clientOf(functions, process);
  const { command, ...fields } = request;
  const method = (command.charAt(0).toLowerCase() + command.slice(1)) as Uncapitalize<CommandName>;
  for (let left = tries; left > 0; left--) {
    try {
      // Which fields belong to which method the script knows.
      const answer = await (client[method] as (fields: object) => Promise<{ ok: boolean }>)(fields);
      services.tell?.(process.name, `is answered ${JSON.stringify(answer)}`);
      return;
    } catch (error) {
      services.tell?.(process.name, `gets no answer: ${error}`);
    }
    await process.sleep(process.random.between(1000, 15_000));
  }
}

/** One life of an engine. */
export class SimulatedEngine {
  readonly process: Process;
  readonly #stop = new AbortController();

  constructor(services: Services, functions: Functions, name: string, concurrency: number) {
    const process = services.process('engine', undefined, name);
    this.process = process;
    services.engines.set(process.name, process);
    let ids = 0;
    const offset = process.random.between(0, 1_000_000);
    const engine = new Engine({
      client: clientOf(functions, process),
      queue: workQueueOf(services, process),
      handlers: {
        '*': async ({ resource, input, signal }) => {
          const { seconds, ends, heeds, outputs = Number.POSITIVE_INFINITY } = input as Work;
          const { attempt } = resource;
          await process.sleep(seconds * 1000, heeds ? signal : undefined);
          signal.throwIfAborted();
          const output = attempt <= outputs ? { attempt } : undefined;
          const badly = ends === 'badly' || (ends === 'badly the first time' && attempt === 1);
          if (badly || ends === 'badly for good')
            throw new WorkFailed('it went wrong', { retryable: ends !== 'badly for good', output });
          return output;
        },
      },
      engineId: process.name,
      concurrency,
      shutdownSeconds: 5,
      // A clock that nobody sets, and that began anywhere.
      now: () => services.agenda.now - offset,
      sleep: process.sleep,
      random: () => process.random.next(),
      newId: () => `${process.name}-claim-${++ids}`,
      onEvent: (event) => {
        services.tell?.(process.name, JSON.stringify(event));
        this.#note(event);
      },
    });
    void engine.run(this.#stop.signal).then(() => process.kill());
    services.agenda.woke = true;
  }

  /** Keeps in mind which attempts it believes to have. */
  #note(event: EngineEvent): void {
    if (!('attempt' in event)) return;
    const key = attemptKey(event);
    if (event.type === 'claimed') this.process.attempts.add(key);
    else if (['completed', 'failed', 'released', 'lost'].includes(event.type))
      this.process.attempts.delete(key);
  }

  stop(): void {
    this.process.resume(() => this.#stop.abort());
  }
}

function workQueueOf({ workQueue, agenda }: Services, process: Process): WorkQueue {
  const received = new Map<string, Message>();
  const messageOf = ({ id }: WorkMessage): Message => {
    const message = received.get(id);
    if (message === undefined) throw new Error(`message ${id} was never received`);
    return message;
  };
  const take = (max: number): WorkMessage[] =>
    workQueue.take(max).map((message) => {
      received.set(message.id, message);
      return { id: message.id, body: message.body, receipt: message.id };
    });
  return {
    async receive(max, signal) {
      for (const until = agenda.now + LONG_POLL; ; ) {
        if (signal.aborted) throw new CallFailed('aborted');
        const messages = await process.call('workQueue', `receive ${max}`, () => take(max));
        if (messages.length > 0 || agenda.now >= until) return messages;
        await untilReady(process, workQueue, until - agenda.now, signal);
      }
    },
    delete: (message) =>
      process.call('workQueue', `delete ${message.id}`, () => workQueue.delete(messageOf(message))),
    putBack: (message, afterSeconds = 0) =>
      process.call('workQueue', `put back ${message.id}`, () =>
        workQueue.putBack(messageOf(message), afterSeconds * 1000),
      ),
  };
}

/** Until the queue has a message, or the time is over. */
async function untilReady(
  process: Process,
  queue: Services['workQueue'],
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const ready = new AbortController();
  queue.waiting.add(ready);
  await process.sleep(milliseconds, AbortSignal.any([signal, ready.signal]));
  queue.waiting.delete(ready);
}
