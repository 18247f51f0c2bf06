/** The timeline as it is shown: while it grows, and at the end. */
import { styleText } from 'node:util';
import type { Room } from '../view.ts';
import type { Entry } from './journal.ts';
import { LEGEND, timeline } from './timeline.ts';

/** The widest that it gets. */
const COLUMNS = 100;

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<string, Style>> = {
  A: 'cyan',
  B: 'green',
  C: 'magenta',
  X: ['bold', 'red'],
  '.': 'red',
  z: 'yellow',
  c: 'yellow',
  s: ['bold', 'yellow'],
  '!': ['bold', 'yellow'],
  '-': 'dim',
  '=': 'dim',
};

/** Colours only on a terminal, and not with NO_COLOR: styleText sees to that. */
const paint = (character: string, run: string): string => {
  const style = STYLES[character];
  return style === undefined ? run : styleText(style, run, { stream: process.stdout });
};

/** As much of it as there is room for. */
export function live(entries: readonly Entry[], startedAt: number, { rows, columns }: Room): string {
  const lines = timeline(entries, {
    startedAt,
    until: Date.now(),
    columns: Math.min(columns, COLUMNS),
    paint,
  });
  const all = [...lines, '', ...LEGEND];
  if (all.length < rows) return all.join('\n');
  return lines.length < rows ? lines.join('\n') : [...lines.slice(0, rows - 2), '…'].join('\n');
}

/** All of it, up to its last entry. */
export function picture(entries: readonly Entry[], startedAt: number, columns = COLUMNS): string {
  const until = Math.max(startedAt, ...entries.map(({ at }) => at));
  const lines = timeline(entries, { startedAt, until, columns: Math.min(columns, COLUMNS), paint });
  return [...lines, '', ...LEGEND].join('\n');
}
