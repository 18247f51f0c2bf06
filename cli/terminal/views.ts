/** The three ways to show what is watched: JSON Lines, a line per change, and a screen that is drawn again. */
import type { Stack } from '../../contract/index.ts';
import type { CliEnvironment, Screen } from '../environment.ts';
import { byDeadline, changeLine, stackBlock, stackTable, WATCH_COLUMNS } from './output.ts';
import type { View } from './watch.ts';

export function viewFor(environment: CliEnvironment, json: boolean, single: boolean): View {
  const { terminal } = environment;
  if (json) return new ChangeView(environment, (stack) => JSON.stringify(stack));
  if (terminal.screen) return new ScreenView(environment, terminal.screen, single);
  return new ChangeView(environment, (stack) => changeLine(stack, environment.now(), terminal.paint));
}

/** One line for each change; the first look counts as one. */
class ChangeView implements View {
  readonly #environment: CliEnvironment;
  readonly #line: (stack: Stack) => string;
  #seen = new Map<string, string>();
  #troubled = false;

  constructor(environment: CliEnvironment, line: (stack: Stack) => string) {
    this.#environment = environment;
    this.#line = line;
  }

  show(stacks: readonly Stack[]): void {
    const seen = new Map<string, string>();
    for (const stack of stacks) {
      // Not its version: that the timer was armed again is no change to those who look.
      const state = `${stack.operationId} ${stack.status} ${stack.deadline}`;
      if (this.#seen.get(stack.stackId) !== state) this.#environment.terminal.out(this.#line(stack));
      seen.set(stack.stackId, state);
    }
    this.#seen = seen;
  }

  trouble(message: string | undefined): void {
    if (message !== undefined && !this.#troubled) this.#environment.terminal.err(`${message}; trying again`);
    if (message === undefined && this.#troubled) this.#environment.terminal.err('the service answers again');
    this.#troubled = message !== undefined;
  }
}

class ScreenView implements View {
  readonly tickMs = 1000;
  readonly #environment: CliEnvironment;
  readonly #screen: Screen;
  readonly #single: boolean;
  #trouble: string | undefined;

  constructor(environment: CliEnvironment, screen: Screen, single: boolean) {
    this.#environment = environment;
    this.#screen = screen;
    this.#single = single;
  }

  show(stacks: readonly Stack[]): void {
    const lines = this.#render(stacks).split('\n');
    const foot =
      this.#trouble === undefined
        ? []
        : [this.#environment.terminal.paint('red', `${this.#trouble}; trying again`)];
    // One row stays free for the cursor. What does not fit cannot be drawn over later, so it is left out.
    const room = this.#screen.rows - 1 - foot.length;
    const shown = lines.length <= room ? lines : lines.slice(0, room - 1);
    if (shown.length < lines.length) shown.push(`... and ${lines.length - shown.length} more`);
    this.#screen.draw([...shown, ...foot]);
  }

  #render(stacks: readonly Stack[]): string {
    const { now, terminal } = this.#environment;
    const [first] = stacks;
    if (first === undefined) return 'No operation is in progress. Ctrl-C ends the watch.';
    if (this.#single) return stackBlock(first, now(), terminal.paint);
    return stackTable(byDeadline(stacks), WATCH_COLUMNS, now(), terminal.paint);
  }

  trouble(message: string | undefined): void {
    this.#trouble = message;
  }
}
