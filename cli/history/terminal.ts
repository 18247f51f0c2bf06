/** Draws a timeline as lines of text. */
import type { Colour } from '../environment.ts';
import type { Paint } from '../terminal/output.ts';
import { printable } from '../terminal/printable.ts';
import { cut, ellipsisOf } from '../terminal/width.ts';
import { type DrawnPeriod, drawnDeadline, drawnPeriod, ticks } from './axis.ts';
import {
  type BarKind,
  LOOKS,
  letterOf,
  occurring,
  type Row,
  rowsOf,
  type Sign,
  type SignKind,
  sideBySide,
  type Tone,
} from './drawing.ts';
import type { Instant, Timeline } from './timeline.ts';

export interface DrawingOptions {
  /** Columns; at least 60 are used. */
  readonly width: number;
  /** Whether the terminal can show more than ASCII. */
  readonly unicode: boolean;
  readonly paint: Paint;
}

const MIN_WIDTH = 60;
/** The part of the width that names may take. */
const NAMES = 0.3;
const TICK_COLUMNS = 10;
const COLOURS: Readonly<Record<Tone, Colour>> = { good: 'green', bad: 'red', busy: 'yellow', quiet: 'dim' };

interface Cell {
  readonly char: string;
  readonly tone?: Tone;
  /** A character that nothing covers. */
  readonly sign?: boolean;
}
const BLANK: Cell = { char: ' ' };

/** An axis, a row for the operation and one for each resource action, and a legend. */
export function drawTimeline(timeline: Timeline, options: DrawingOptions): string {
  const rows = rowsOf(timeline);
  const width = Math.max(MIN_WIDTH, options.width);
  const names = rows.map(({ name }) => printable(name));
  const longest = names.reduce((most, name) => Math.max(most, [...name].length), 0);
  const margin = Math.min(longest, Math.floor(width * NAMES)) + 2;
  const period = drawnPeriod(timeline);
  const columns = width - margin;
  const toColumn = (at: Instant): number => columnOf(at, period, columns);
  const deadline = drawnDeadline(timeline);
  const ellipsis = ellipsisOf(options.unicode);
  const drawn = rows.map((row) => cellsOf(row, toColumn, columns, options.unicode));
  for (const cells of drawn)
    if (deadline !== undefined && cells[toColumn(deadline)] === BLANK)
      cells[toColumn(deadline)] = { char: charOf('deadline', options.unicode), tone: 'bad' };
  const lines = drawn.map((cells, n) => {
    const name = cut(names[n] as string, { columns: margin - 2, ellipsis }).padEnd(margin);
    return `${name}${painted(cells, options.paint)}`;
  });
  // What is covered, or shorter than a column, needs no explanation.
  const seen = new Set(drawn.flat().map(({ char }) => char));
  const kinds = occurring(rows).filter(
    (kind) => kind === 'engine' || seen.has(charOf(kind, options.unicode)),
  );
  return [
    ...axis(period, margin, columns, options),
    ...lines,
    '',
    ...legend(timeline, kinds, width, options),
  ].join('\n');
}

function columnOf(at: Instant, { from, until }: DrawnPeriod, columns: number): number {
  const column = Math.floor(((at - from) / (until - from)) * (columns - 1));
  return Math.min(Math.max(column, 0), columns - 1);
}

const charOf = (kind: BarKind | SignKind, unicode: boolean): string =>
  LOOKS[kind][unicode ? 'unicode' : 'ascii'];

function cellsOf(
  { bars, signs }: Row,
  toColumn: (at: Instant) => number,
  columns: number,
  unicode: boolean,
): Cell[] {
  const cells = Array.from({ length: columns }, () => BLANK);
  for (const { kind, from, until, tone } of bars)
    cells.fill({ char: charOf(kind, unicode), tone }, toColumn(from), toColumn(until));
  // The last ones, if they are more than there is room for.
  const shown = signs.slice(-columns);
  const placed = sideBySide(
    shown.map(({ at }) => toColumn(at)),
    1,
    columns - 1,
  );
  for (const [n, { kind, tone, attempt }] of shown.entries())
    cells[placed[n] as number] = { char: attempt?.letter ?? charOf(kind, unicode), tone, sign: true };
  for (const [n, sign] of shown.entries()) addNumber(cells, placed[n] as number, sign, toColumn);
  return cells;
}

/** The number of an attempt after the first, where its bar has room for it. */
function addNumber(
  cells: Cell[],
  column: number,
  { attempt, tone }: Sign,
  toColumn: (at: Instant) => number,
): void {
  if (attempt === undefined || attempt.number === 1) return;
  const digits = [...String(attempt.number)];
  const room = cells.slice(column + 1, Math.min(toColumn(attempt.until), column + 1 + digits.length));
  if (room.length < digits.length || room.some(({ sign }) => sign)) return;
  for (const [n, char] of digits.entries()) cells[column + 1 + n] = { char, tone, sign: true };
}

/** Cells of one tone are painted together. */
function painted(cells: readonly Cell[], paint: Paint): string {
  const last = cells.findLastIndex((cell) => cell !== BLANK);
  let line = '';
  let run = '';
  let tone: Tone | undefined;
  const flush = () => {
    line += tone && run ? paint(COLOURS[tone], run) : run;
    run = '';
  };
  for (const cell of cells.slice(0, last + 1)) {
    if (cell.tone !== tone) flush();
    tone = cell.tone;
    run += cell.char;
  }
  flush();
  return line;
}

function axis(
  period: DrawnPeriod,
  margin: number,
  columns: number,
  { unicode, paint }: DrawingOptions,
): string[] {
  const cells = { labels: '', lines: '' };
  for (const { at, label } of ticks(period, Math.floor(columns / TICK_COLUMNS) + 1)) {
    const column = columnOf(at, period, columns);
    if (column < cells.labels.length + (column > 0 ? 1 : 0) || column + label.length > columns) continue;
    cells.labels = cells.labels.padEnd(column) + label;
    cells.lines = cells.lines.padEnd(column) + (unicode ? '│' : '|');
  }
  return [cells.labels, cells.lines].map((line) => paint('dim', `${' '.repeat(margin)}${line}`));
}

function legend(
  { engines }: Timeline,
  kinds: readonly (BarKind | SignKind)[],
  width: number,
  options: DrawingOptions,
): string[] {
  const { unicode, paint } = options;
  const looks = kinds.map((kind) => `${charOf(kind, unicode)} ${LOOKS[kind].meaning}`);
  const named = engines.map((engine, n) => `${letterOf(n)} engine ${printable(engine)}`);
  const others = named.findIndex((text) => text.startsWith('*'));
  const ofEngines =
    others === -1 ? named : [...named.slice(0, others), `* ${engines.length - others} more engines`];
  const lines = [looks, ofEngines].flatMap((texts) =>
    flowing(
      texts.map((text) => cut(text, { columns: width, ellipsis: ellipsisOf(unicode) })),
      width,
    ),
  );
  return lines.map((line) => paint('dim', line));
}

/** As many texts in a line as fit into it. */
function flowing(texts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    const joined = `${last}   ${text}`;
    if (last !== undefined && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(text);
  }
  return lines;
}
