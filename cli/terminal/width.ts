/** How much of a text fits: characters that take two columns count twice, colours not at all. */
import stringWidth from 'string-width';
import type { Terminal } from '../environment.ts';

const segmenter = new Intl.Segmenter();

/** The columns that a text takes on the terminal. */
export const widthOf = (text: string): number => stringWidth(text);

/** What there is room for. */
export interface Room {
  readonly columns: number;
  /** Stands for the rest of a text that is cut. */
  readonly ellipsis: string;
}

/** Of what no terminal shows. */
export const UNLIMITED: Room = { columns: Number.POSITIVE_INFINITY, ellipsis: '…' };

export const ellipsisOf = (unicode: boolean): string => (unicode ? UNLIMITED.ellipsis : '...');

/** As many columns as the terminal has, or as a text takes where there is none. */
export const roomOf = ({ screen, unicode }: Pick<Terminal, 'screen' | 'unicode'>): Room => ({
  columns: screen?.columns || UNLIMITED.columns,
  ellipsis: ellipsisOf(unicode),
});

/** A text without colours, cut to the room that there is. */
export function cut(text: string, { columns, ellipsis }: Room): string {
  if (widthOf(text) <= columns) return text;
  let [shown, left] = ['', columns - ellipsis.length];
  if (left < 0) return ellipsis.slice(0, Math.max(0, columns));
  for (const { segment } of segmenter.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    shown += segment;
  }
  return `${shown}${ellipsis}`;
}
