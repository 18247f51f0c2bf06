/**
 * Three views of watched stacks: JSON Lines, a line for each change, and a screen that is redrawn.
 */
import type { ResourceAction, Stack } from '../../contract/index.ts';
import type { CliEnvironment, Screen } from '../environment.ts';
import { byDeadline, newestFirst } from '../rows.ts';
import { changeLine, OVERVIEW_COLUMNS, stackDetails, stackTable } from './output.ts';
import { jsonText } from './printable.ts';
import { resourceChangeLine, resourceTable } from './resource-output.ts';
import type { Seen, View } from './watch.ts';
import { cut, roomOf } from './width.ts';

/**
 * The least screen on which a view can be read: all fields of an operation, or a few rows of a
 * table.
 */
const MIN_ROWS = { single: 13, all: 6 };
const MIN_COLUMNS = 40;

const fits = ({ rows, columns }: Screen, single: boolean): boolean =>
  rows >= MIN_ROWS[single ? 'single' : 'all'] && columns >= MIN_COLUMNS;

export function createView(environment: CliEnvironment, json: boolean, single: boolean): View {
  const { terminal, now } = environment;
  if (json) return new ChangeView(environment, jsonText);
  // Lines can be read on any terminal, even on one of 0 rows and 0 columns.
  if (terminal.screen && fits(terminal.screen, single))
    return new ScreenView(environment, terminal.screen, single);
  return new ChangeView(
    environment,
    (stack) => changeLine(stack, now(), terminal.paint),
    (resource) => resourceChangeLine(resource, now(), terminal.paint),
  );
}

/** Prints a line for each change, and one for each stack at first. */
class ChangeView implements View {
  readonly showsEarlier = false;
  readonly #environment: CliEnvironment;
  readonly #line: (stack: Stack) => string;
  readonly #resourceLine: ((resource: ResourceAction) => string) | undefined;
  #seen = new Map<string, string>();
  #hasError = false;

  constructor(
    environment: CliEnvironment,
    line: (stack: Stack) => string,
    resourceLine?: (resource: ResourceAction) => string,
  ) {
    this.#environment = environment;
    this.#line = line;
    this.#resourceLine = resourceLine;
  }

  show({ stacks, resources = [] }: Seen): void {
    const seen = new Map<string, string>();
    const tell = (key: string, state: string, line: () => string): void => {
      if (this.#seen.get(key) !== state) this.#environment.terminal.out(line());
      seen.set(key, state);
    };
    const resourceLine = this.#resourceLine;
    for (const resource of resourceLine ? resources : []) {
      const { operationId, status, phase, attempt, engineId } = resource;
      const state = [operationId, status, phase, attempt, engineId].join(' ');
      tell(`${resource.stackId}\n${resource.resource}`, state, () => resourceLine?.(resource) ?? '');
    }
    for (const stack of stacks) {
      // Not its version: a timer that was armed again is not a visible change.
      const state = `${stack.operationId} ${stack.status} ${stack.deadline}`;
      tell(stack.stackId, state, () => this.#line(stack));
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
  readonly showsEarlier = true;
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

  show(seen: Seen): void {
    const { terminal } = this.#environment;
    const sorted = inOrder(seen.stacks);
    const lines = this.#render(sorted, seen.resources ?? []).split('\n');
    const footer =
      this.#error === undefined
        ? []
        : [terminal.paint('red', cut(`${this.#error}; trying again`, roomOf(terminal)))];
    // One row stays free for the cursor. Lines that scroll off the screen could not be redrawn. The
    // screen may have become too low since.
    const rows = Math.max(1, this.#screen.rows - 1 - footer.length);
    const shown = lines.length <= rows ? lines : lines.slice(0, Math.max(1, rows - 1));
    if (shown.length < lines.length && rows > 1) {
      const which = this.#single ? '' : countsOf(sorted.slice(Math.max(0, shown.length - 1)));
      shown.push(`... and ${lines.length - shown.length} more${which}`);
    }
    this.#screen.draw([...shown, ...footer]);
  }

  #render(stacks: readonly Stack[], resources: readonly ResourceAction[]): string {
    const { now, terminal } = this.#environment;
    const [first] = stacks;
    if (first === undefined) return 'No operation is in progress. Ctrl-C ends the watch.';
    if (!this.#single) return stackTable(stacks, OVERVIEW_COLUMNS, now(), terminal);
    const details = stackDetails(first, now(), terminal.paint, roomOf(terminal));
    return [details, ...(resources.length > 0 ? [resourceTable(resources, now(), terminal)] : [])].join(
      '\n\n',
    );
  }

  setError(message: string | undefined): void {
    this.#error = message;
  }
}

/** Failures first, the newest of them; what is due soonest; what is done. */
function inOrder(stacks: readonly Stack[]): Stack[] {
  const of = (status: Stack['status']) => stacks.filter((stack) => stack.status === status);
  return [...newestFirst(of('FAILED')), ...byDeadline(of('IN_PROGRESS')), ...newestFirst(of('COMPLETE'))];
}

/** `: 1 failed, 4 in progress`. */
function countsOf(stacks: readonly Stack[]): string {
  const words = { FAILED: 'failed', IN_PROGRESS: 'in progress', COMPLETE: 'complete' };
  const counts = Object.entries(words).flatMap(([status, word]) => {
    const count = stacks.filter((stack) => stack.status === status).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `: ${counts.join(', ')}`;
}
