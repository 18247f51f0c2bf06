/** Rows of a chart in plain characters: what lasts fills columns, what happens marks one. */

interface Span {
  readonly from: number;
  readonly to: number;
  readonly fill: string;
}

export interface Bar {
  readonly label: string;
  /** From here on it is filled with this; with nothing: it is empty. */
  turn(at: number, fill?: string): void;
  mark(at: number, mark: string): void;
  /** What it is filled with now; undefined: it is empty. */
  readonly fill: string | undefined;
  /** A character for each column. Whatever lasts, lasts until `until`. */
  draw(scale: Scale, until: number): string[];
}

/** What takes place when: milliseconds since 1970 to columns. */
export interface Scale {
  readonly startedAt: number;
  /** Milliseconds of a column. */
  readonly step: number;
  readonly columns: number;
}

const columnOf = ({ startedAt, step, columns }: Scale, at: number): number =>
  Math.min(columns - 1, Math.max(0, Math.floor((at - startedAt) / step)));

export function createBar(label: string): Bar {
  const spans: Span[] = [];
  const marks: { readonly at: number; readonly mark: string }[] = [];
  let current: { readonly from: number; readonly fill: string } | undefined;
  return {
    label,
    turn(at, fill) {
      if (current !== undefined) spans.push({ ...current, to: at });
      current = fill === undefined ? undefined : { from: at, fill };
    },
    mark(at, mark) {
      marks.push({ at, mark });
    },
    get fill() {
      return current?.fill;
    },
    draw(scale, until) {
      const cells = Array.from({ length: scale.columns }, () => ' ');
      for (const { from, to, fill } of [...spans, ...(current ? [{ ...current, to: until }] : [])]) {
        cells.fill(fill, columnOf(scale, from), columnOf(scale, to) + 1);
      }
      const taken = new Set<number>();
      for (const { at, mark } of marks) {
        let column = columnOf(scale, at);
        // What happens at about the same time is shown side by side.
        while (taken.has(column) && column < scale.columns - 1) column++;
        taken.add(column);
        cells[column] = mark;
      }
      return cells;
    },
  };
}

/** Seconds of a column, so that all columns together are a time that reads well. */
const STEPS = [0.5, 1, 2, 5, 10, 30, 60];

/** The finest scale that a time fits into. */
export function scaleFor(startedAt: number, until: number, columns: number): Scale {
  const steps = STEPS.map((seconds) => seconds * 1000);
  const step = steps.find((step) => Math.floor((until - startedAt) / step) + 1 < columns);
  return { startedAt, step: step ?? Math.ceil((until - startedAt) / (columns - 1)), columns };
}

const TICK = 10;

/** Two lines: seconds, and ticks below. */
export function axis({ startedAt, step, columns }: Scale, until: number): [string, string] {
  let seconds = '';
  let ticks = '';
  const last = columnOf({ startedAt, step, columns }, until);
  for (let column = 0; column <= last; column += TICK) {
    seconds = `${seconds.padEnd(column)}${(column * step) / 1000}`;
    ticks = `${ticks.padEnd(column)}|`;
  }
  return [seconds, ticks];
}
