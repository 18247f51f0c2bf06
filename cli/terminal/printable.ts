/**
 * Text of others, such as a reason or an id, must not change how the terminal shows ours: move the
 * cursor, break a line, colour, reorder what stands beside it, or look like another text.
 */

/** Control characters, C1 and tab included, and the separators of lines and paragraphs. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gv;

/**
 * What is invisible or moves its neighbours: marks of direction, zero-width characters, tags, and
 * whatever else Unicode calls format or ignorable; halves of characters; a combining mark without a
 * character of its own. Variation selectors stay: emoji have them.
 */
const HIDDEN = /[[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]--[\uFE0E\uFE0F]]|^\p{M}/gv;

/** As JSON does: `\u202e`. */
const escaped = (text: string): string =>
  Array.from({ length: text.length }, (_, n) => {
    const unit = text.charCodeAt(n).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');

/** A text of others in one line of ours. */
export const printable = (text: string): string => text.replace(BREAKS, ' ').replace(HIDDEN, escaped);

/** A row of an answer with all its texts printable. Its metadata are left to `jsonText`. */
export function printableRow<T>(row: T): T {
  if (typeof row === 'string') return printable(row) as T;
  if (Array.isArray(row)) return row.map((item) => printableRow(item)) as T;
  if (typeof row !== 'object' || row === null) return row;
  const fields = Object.entries(row).map(([name, value]) => [
    name,
    name === 'metadata' ? value : printableRow(value),
  ]);
  return Object.fromEntries(fields) as T;
}

/** JSON that reads back as the same value, and in which every such character is escaped. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent)
    .split('\n')
    .map((line) => line.replace(BREAKS, escaped).replace(HIDDEN, escaped))
    .join('\n');

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour.
const NEITHER_LINE_NOR_COLOUR = /[[\p{Cc}\p{Zl}\p{Zp}]--[\n\x1b]]|\x1b(?!\[\d+m)/gv;

/**
 * Whatever is written to the terminal: of our own control characters there are only lines and
 * colours.
 */
export const onlyLinesAndColours = (text: string): string =>
  text.replace(NEITHER_LINE_NOR_COLOUR, ' ').replace(HIDDEN, escaped);
