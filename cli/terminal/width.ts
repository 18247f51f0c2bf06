/** How much of a text fits: characters that take two columns count twice, colours not at all. */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter();

/** The columns that a text takes on the terminal. */
export const widthOf = (text: string): number => stringWidth(text);

/** A text without colours, cut to so many columns: `…` stands for the rest. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [shown, left] = ['', columns - 1];
  if (left < 0) return '';
  for (const { segment } of segmenter.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    shown += segment;
  }
  return `${shown}…`;
}
