/**
 * Three views of watched stacks: JSON Lines, a line for each change, and a screen that is redrawn.
 */
import type { Stack } from '../../contract/index.ts';
import type { CliEnvironment, Screen } from '../environment.ts';
import { byDeadline, changeLine, stackDetails, stackTable, WATCH_COLUMNS } from './output.ts';
import { jsonText } from './printable.ts';
import type { View } from './watch.ts';

/**
 * The least screen on which a view can be read: all fields of an operation, or a few rows of a
 * table.
 */
const MIN_ROWS = { single: 13, all: 6 };
const MIN_COLUMNS = 40;

const fits = ({ rows, columns }: Screen, single: boolean): boolean =>
  rows >= MIN_ROWS[single ? 'single' : 'all'] && columns >= MIN_COLUMNS;

export function createView(environment: CliEnvironment, json: boolean, single: boolean): View {
  const { terminal } = environment;
  if (json) return new ChangeView(environment, jsonText);
  // Lines can be read on any terminal, even on one of 0 rows and 0 columns.
  if (terminal.screen && fits(terminal.screen, single))
    return new ScreenView(environment, terminal.screen, single);
  return new ChangeView(environment, (stack) => changeLine(stack, environment.now(), terminal.paint));
}

/** Prints a line for each change, and one for each stack at first. */
class ChangeView implements View {
  readonly #environment: CliEnvironment;
  readonly #line: (stack: Stack) => string;
  #seen = new Map<string, string>();
  #hasError = false;

  constructor(environment: CliEnvironment, line: (stack: Stack) => string) {
    this.#environment = environment;
    this.#line = line;
  }

  show(stacks: readonly Stack[]): void {
    const seen = new Map<string, string>();
    for (const stack of stacks) {
      // Not its version: a timer that was armed again is not a visible change.
      const state = `${stack.operationId} ${stack.status} ${stack.deadline}`;
      if (this.#seen.get(stack.stackId) !== state) this.#environment.terminal.out(this.#line(stack));
      seen.set(stack.stackId, state);
    }
    this.#seen = seen;
  }

  setError(message: string | undefined): void {
    if (message !== undefined && !this.#hasError) this.#environment.terminal.err(`${message}; trying again`);
    if (message === undefined && this.#hasError) this.#environment.terminal.err('the service answers again');
    this.#hasError = message !== undefined;
  }
}

class ScreenView implements View {
  readonly redrawMs = 1000;
  readonly #environment: CliEnvironment;
  readonly #screen: Screen;
  readonly #single: boolean;
  #error: string | undefined;

  constructor(environment: CliEnvironment, screen: Screen, single: boolean) {
    this.#environment = environment;
    this.#screen = screen;
    this.#single = single;
  }

  show(stacks: readonly Stack[]): void {
    const lines = this.#render(stacks).split('\n');
    const footer =
      this.#error === undefined
        ? []
        : [this.#environment.terminal.paint('red', `${this.#error}; trying again`)];
    // One row stays free for the cursor. Lines that scroll off the screen could not be redrawn. The
    // screen may have become too low since.
    const rows = Math.max(1, this.#screen.rows - 1 - footer.length);
    const shown = lines.length <= rows ? lines : lines.slice(0, Math.max(1, rows - 1));
    if (shown.length < lines.length && rows > 1) shown.push(`... and ${lines.length - shown.length} more`);
    this.#screen.draw([...shown, ...footer]);
  }

  #render(stacks: readonly Stack[]): string {
    const { now, terminal } = this.#environment;
    const [first] = stacks;
    if (first === undefined) return 'No operation is in progress. Ctrl-C ends the watch.';
    if (this.#single) return stackDetails(first, now(), terminal.paint);
    return stackTable(byDeadline(stacks), WATCH_COLUMNS, now(), terminal.paint);
  }

  setError(message: string | undefined): void {
    this.#error = message;
  }
}
