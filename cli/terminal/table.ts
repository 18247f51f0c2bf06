import { stripVTControlCharacters } from 'node:util';

/** The width of a text on the terminal, without its colour codes. */
const width = (text: string): number => [...stripVTControlCharacters(text)].length;

const pad = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - width(text)));

/** Aligns columns, two spaces apart, without trailing spaces. */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows];
  const widths = headers.map((_, column) =>
    lines.reduce((most, line) => Math.max(most, width(line[column] ?? '')), 0),
  );
  return lines
    .map((line) =>
      widths
        .map((to, column) => pad(line[column] ?? '', to))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
