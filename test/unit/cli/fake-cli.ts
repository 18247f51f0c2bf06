/**
 * The CLI with a terminal that remembers, a clock that sleeping moves, and the service in memory.
 */

import type { CliEnvironment, Screen, Services } from '../../../cli/environment.ts';
import type { DeploymentFlags } from '../../../cli/locate.ts';
import { run } from '../../../cli/program.ts';
import type { DeadLetters } from '../../../cli/redrive/redrive.ts';
import { rearmThrough } from '../../../cli/restore/rearm.ts';
import type { Restoration } from '../../../cli/restore/restore.ts';
import type { Parts } from '../../../cli/verify/parts.ts';
import { StackTimeoutsClient } from '../../../client/index.ts';
import { FakeTransport } from '../client/fake-transport.ts';
import { settle } from '../client/virtual-time.ts';

export class FakeCli {
  readonly transport = new FakeTransport();
  readonly service = this.transport.harness;
  readonly clock = this.service.clock;
  /** What the screen showed, one drawing after the other. */
  readonly drawings: string[] = [];
  /** The flags that said where the service is. */
  where: DeploymentFlags | undefined;
  screen: Screen | undefined;
  deadLetters: DeadLetters | undefined;
  parts: Parts | undefined;
  /** By how much the clock of the terminal is ahead of the service's. */
  clockAhead = 0;
  /** Fires as Ctrl-C does, for a command that cleans up. */
  readonly interruption = new AbortController();
  board: Awaited<ReturnType<Services['board']>> | undefined;
  /** What is restored from each table. */
  restorations: Record<string, Restoration> = {};
  /** What was written, by path. */
  readonly files: Record<string, string> = {};
  unicode = false;
  writeError: Error | undefined;
  /** Called after each sleep, when the service has done what was due. */
  onSleep: () => unknown = () => undefined;
  readonly #out: string[] = [];
  readonly #err: string[] = [];
  #ids = 0;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  #isTimePassing = false;

  /** Gives stdout a terminal. */
  withScreen(rows = 24, columns = 80): this {
    this.screen = { rows, columns, draw: (lines) => this.drawings.push(lines.join('\n')) };
    return this;
  }

  /** Runs one command line. */
  async run(...words: string[]) {
    this.#out.length = 0;
    this.#err.length = 0;
    const code = await run(words, this.#harness());
    return { code, out: this.#out.join('\n'), err: this.#err.join('\n') };
  }

  /** Any number may sleep at once. Time passes, second by second, while all of them do. */
  #pass(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.add({ until: this.clock.now() + milliseconds, wake });
      void this.#letTimePass();
    });
  }

  async #letTimePass(): Promise<void> {
    if (this.#isTimePassing) return;
    this.#isTimePassing = true;
    while (this.#sleepers.size > 0) {
      await settle();
      const [next] = [...this.#sleepers].toSorted((a, b) => a.until - b.until);
      if (next === undefined) break;
      do {
        this.clock.moveTo(Math.max(this.clock.now(), Math.min(next.until, this.clock.now() + 1000)));
        await this.service.tick();
      } while (this.clock.now() < next.until);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#isTimePassing = false;
  }

  #harness(): CliEnvironment {
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      await this.#pass(milliseconds);
      await this.onSleep();
      signal?.throwIfAborted();
    };
    return {
      terminal: {
        out: (text) => this.#out.push(text),
        err: (text) => this.#err.push(text),
        unicode: this.unicode,
        paint: (_, text) => text,
        ...(this.screen && { screen: this.screen }),
      },
      now: () => this.clock.now() + this.clockAhead,
      sleep,
      stopOnSignals: () => this.interruption.signal,
      newId: () => `id-${++this.#ids}`,
      endWithReader: () => undefined,
      writeFile: async (path, text) => {
        if (this.writeError) throw this.writeError;
        this.files[path] = text;
      },
      services: (where) => {
        this.where = where;
        return {
          client: async () => new StackTimeoutsClient({ transport: this.transport, attempts: 1 }),
          deadLetters: async () => {
            if (!this.deadLetters) throw new Error('no dead letters in this test');
            return this.deadLetters;
          },
          board: async () => {
            if (!this.board) throw new Error('no board in this test');
            return this.board;
          },
          rearm: async () => rearmThrough(this.transport, { attempts: 1 }),
          restoration: async (fromTable) => {
            const restoration = this.restorations[fromTable];
            if (!restoration) throw new Error(`there is no table ${fromTable}`);
            return restoration;
          },
          parts: async () => {
            if (!this.parts) throw new Error('no parts in this test');
            return this.parts;
          },
        };
      },
    };
  }
}

/** A CLI on whose service the stack `web` has operation `op-1` in progress for a minute. */
export async function withOperation(): Promise<FakeCli> {
  const cli = new FakeCli();
  await cli.service.start('web', 60);
  return cli;
}
