/**
 * The services without a fault, for whoever waits in real time: virtual time passes while somebody
 * does.
 */
import { CALM } from './plan.ts';
import type { Process } from './process.ts';
import { Services } from './services.ts';

const MONTH = 30 * 86_400_000;
/** Passes with each call: the index catches up within it. */
const AT_LEAST = 2000;

interface Quiet {
  readonly services: Services;
  readonly process: Process;
  /** The port, every call of which makes time pass until it is answered. */
  readonly pumped: <T extends object>(port: T) => T;
  /** Lets a little time pass. */
  readonly pass: () => Promise<void>;
}

export function quietServices(): Quiet {
  const services = new Services(1, CALM, { retention: MONTH, recorded: false });
  const { agenda } = services;
  const process = services.process('command');
  let waiting = 0;
  let running: Promise<void> | undefined;
  const pass = (): Promise<void> => {
    const until = agenda.now + AT_LEAST;
    agenda.at(until, () => undefined);
    running ??= agenda
      .run(() => waiting === 0 && agenda.now >= until)
      .then(() => {
        running = undefined;
      });
    return running;
  };
  const awaited = async <T>(promise: Promise<T>): Promise<T> => {
    waiting++;
    const passed = pass();
    try {
      return await promise;
    } finally {
      waiting--;
      await passed;
    }
  };
  async function* pages<T>(all: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = all[Symbol.asyncIterator]();
    for (let next = await awaited(iterator.next()); !next.done; next = await awaited(iterator.next()))
      yield next.value;
  }
  const pumped = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          const result = Reflect.apply(method, target, args);
          return Symbol.asyncIterator in Object(result) ? pages(result) : awaited(result);
        };
      },
    });
  return { services, process, pumped, pass };
}
