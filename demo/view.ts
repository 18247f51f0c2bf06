/** The live view: a picture that is drawn again on a terminal, only a line for each event on a pipe. */
import { renderTable } from '../cli/terminal/table.ts';
import { ended, endPath, lateness, type Operation } from './operation.ts';

/** What a picture may take up. */
export interface Room {
  readonly rows: number;
  readonly columns: number;
}

export interface View {
  /** From here on times are counted. */
  readonly startedAt: number;
  /** Something happened, now or at the time given: a line that stays. */
  event(text: string, at?: number): void;
  /** How things stand now. */
  draw(picture: (room: Room) => string): void;
  /** Takes the picture away. */
  close(): void;
}

interface Output {
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Lines that the terminal needs for itself and for the note about what is not shown. */
const SPARE_LINES = 3;

export function createView(output: Output, now: () => number = Date.now): View {
  const startedAt = now();
  let picture: readonly string[] = [];
  let drawn = 0;

  const clear = () => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\r\x1b[J`);
    drawn = 0;
  };
  const paint = () => {
    if (picture.length === 0) return;
    // Without wrapping: a line that takes two rows would not be counted.
    output.write(`\x1b[?7l${picture.join('\n')}\x1b[?7h\n`);
    drawn = picture.length;
  };

  return {
    startedAt,
    event(text, at = now()) {
      clear();
      const elapsed = ((at - startedAt) / 1000).toFixed(1);
      output.write(`${`+${elapsed}s`.padStart(8)}  ${text}\n`);
      paint();
    },
    draw(render) {
      if (!output.isTTY) return;
      clear();
      const { rows = 24, columns = 80 } = output;
      picture = ['', ...render({ rows: rows - SPARE_LINES, columns }).split('\n')];
      paint();
    },
    close() {
      clear();
      picture = [];
    },
  };
}

/** Those in progress first, soonest deadline first, as many as there is room for. */
export function liveTable(operations: readonly Operation[], now: number, room: number): string {
  const deadline = ({ stack }: Operation) => stack?.deadline ?? '';
  const sorted = operations.toSorted(
    (a, b) => Number(ended(a)) - Number(ended(b)) || deadline(a).localeCompare(deadline(b)),
  );
  const shown = sorted.length <= room - 1 ? sorted : sorted.slice(0, Math.max(1, room - 2));
  const hidden = sorted.length - shown.length;
  const table = renderTable(
    ['STACK', 'STATUS', 'DEADLINE', 'LEFT', 'PATH', ''],
    shown.map((operation) => row(operation, now)),
  );
  return hidden === 0 ? table : `${table}\n… and ${hidden} more`;
}

function row(operation: Operation, now: number): string[] {
  const { stackId, stack, note } = operation;
  if (stack === undefined) return [stackId, '-', '-', '-', '-', note];
  const left = Date.parse(stack.deadline) - now;
  const armed = operation.evidence.findLast((line) => line.message === 'timer armed');
  return [
    stackId,
    `${stack.action}_${stack.status}`,
    stack.deadline.slice(11, 19),
    ended(operation) ? late(lateness(operation)) : left > 0 ? `${Math.ceil(left / 1000)} s` : 'due',
    endPath(operation) ?? (armed?.message === 'timer armed' ? armed.path : '-'),
    note,
  ];
}

const late = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(1)} s late`;
