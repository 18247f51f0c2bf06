/**
 * The CLI with a terminal that remembers, a clock that sleeping moves, and the service in memory.
 */

import type { CliEnvironment, Screen } from '../../../cli/environment.ts';
import type { DeploymentFlags } from '../../../cli/locate.ts';
import { run } from '../../../cli/program.ts';
import type { DeadLetters } from '../../../cli/redrive/redrive.ts';
import { rearmThrough } from '../../../cli/restore/rearm.ts';
import type { Restoration } from '../../../cli/restore/restore.ts';
import { StackTimeoutsClient } from '../../../client/index.ts';
import { FakeTransport } from '../client/fake-transport.ts';

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

  #harness(): CliEnvironment {
    const sleep = async (milliseconds: number) => {
      this.clock.advance(milliseconds);
      await this.service.tick();
      await this.onSleep();
    };
    return {
      terminal: {
        out: (text) => this.#out.push(text),
        err: (text) => this.#err.push(text),
        unicode: this.unicode,
        paint: (_, text) => text,
        ...(this.screen && { screen: this.screen }),
      },
      now: () => this.clock.now(),
      sleep,
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
          rearm: async () => rearmThrough(this.transport, { attempts: 1 }),
          restoration: async (fromTable) => {
            const restoration = this.restorations[fromTable];
            if (!restoration) throw new Error(`there is no table ${fromTable}`);
            return restoration;
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
