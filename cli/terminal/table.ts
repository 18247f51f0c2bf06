import { cut, type Room, UNLIMITED, widthOf } from './width.ts';

export interface Column {
  readonly title: string;
  /**
   * A cell longer than this may be cut, so that the table fits.
   * @default never, unless nothing else helps
   */
  readonly shrinksTo?: number;
  /**
   * The table does without this column if it does not fit otherwise; without the highest first.
   * @default never
   */
  readonly dispensable?: number;
}

/** A text, and how it is coloured once it is cut. */
export type Cell = string | { readonly text: string; paint(text: string): string };

const GAP = '  ';

const textOf = (cell: Cell | undefined): string => (typeof cell === 'object' ? cell.text : (cell ?? ''));

/**
 * Aligns columns, two spaces apart, without trailing spaces. No line is longer than `columns`: long
 * cells are cut, and columns are left out if they may be.
 */
export function renderTable(
  headers: readonly (string | Column)[],
  rows: readonly (readonly Cell[])[],
  { columns, ellipsis }: Room = UNLIMITED,
): string {
  const specs = headers.map((header) => (typeof header === 'string' ? { title: header } : header));
  const lines: readonly (readonly Cell[])[] = [specs.map(({ title }) => title), ...rows];
  const all = specs.map(({ shrinksTo, dispensable }, at) => {
    const natural = lines.reduce((most, line) => Math.max(most, widthOf(textOf(line[at]))), 0);
    return { at, natural, least: Math.min(natural, shrinksTo ?? natural), dispensable };
  });
  const room = (count: number): number => Math.max(count, columns - GAP.length * (count - 1));
  const shown = [...all];
  const isTooWide = () => sum(shown.map(({ least }) => least)) > room(shown.length);
  while (isTooWide()) {
    const [next] = shown
      .filter(({ dispensable }) => dispensable !== undefined)
      .toSorted((a, b) => (b.dispensable ?? 0) - (a.dispensable ?? 0));
    if (next === undefined) break;
    shown.splice(shown.indexOf(next), 1);
  }
  const widths = fitted(shown, room(shown.length));
  return lines
    .map((line) =>
      shown
        .map(({ at }, n) => padded(line[at], { columns: widths[n] ?? 0, ellipsis }))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The widths of columns: what is too much is taken from the widest of those that may be cut. */
function fitted(
  columns: readonly { readonly natural: number; readonly least: number }[],
  room: number,
): number[] {
  const fits = sum(columns.map(({ least }) => least)) <= room;
  const leastOf = (least: number) => (fits ? least : 1);
  const widthsAt = (level: number) =>
    columns.map(({ natural, least }) => Math.min(natural, Math.max(level, leastOf(least))));
  let level = Math.max(0, ...columns.map(({ natural }) => natural));
  while (level > 0 && sum(widthsAt(level)) > room) level--;
  const widths = widthsAt(level);
  let left = room - sum(widths);
  return widths.map((width, n) => {
    const more = left > 0 && width < (columns[n]?.natural ?? 0) ? 1 : 0;
    left -= more;
    return width + more;
  });
}

function padded(cell: Cell | undefined, room: Room): string {
  const text = cut(textOf(cell), room);
  const shown = typeof cell === 'object' ? cell.paint(text) : text;
  return shown + ' '.repeat(Math.max(0, room.columns - widthOf(text)));
}
