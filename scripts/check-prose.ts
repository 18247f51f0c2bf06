/**
 * Fails when a line of prose in a Markdown file is longer than 100 characters. Tables, code blocks,
 * headings and what a link points to cannot be wrapped, and do not count. With `--write`, wraps the
 * paragraphs that have such a line.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const LINE_WIDTH = 100;

/** The length of a line as it is read: without the targets of its links. */
export const visibleLength = (line: string): number =>
  [...line.replaceAll(/\]\([^)\s]*\)/g, ']').replaceAll(/<?https?:\/\/[^\s>)]+>?/g, '')].length;

interface Paragraph {
  /** The number of its first line, from 1. */
  readonly start: number;
  readonly lines: readonly string[];
}

const FENCE = /^\s*(```|~~~)/;
/** A heading, a row of a table, HTML, or nothing. */
const NOT_PROSE = /^\s*(#{1,6} |\||<|$)/;
/** What the first line of a list item or a quotation begins with. */
const MARKER = /^\s*(?:>|[-*+] |\d+\. )\s*/;

const isQuotation = (line = ''): boolean => /^\s*>/.test(line);

/** The paragraphs and list items of a Markdown text. */
export function paragraphsOf(text: string): Paragraph[] {
  const paragraphs: { start: number; lines: string[] }[] = [];
  let open: string[] | undefined;
  let inFence = false;
  text.split('\n').forEach((line, index) => {
    const fence = FENCE.test(line);
    if (fence) inFence = !inFence;
    if (fence || inFence || NOT_PROSE.test(line)) {
      open = undefined;
      return;
    }
    const goesOn = open !== undefined && (isQuotation(line) ? isQuotation(open[0]) : !MARKER.test(line));
    if (!goesOn || open === undefined) {
      open = [];
      paragraphs.push({ start: index + 1, lines: open });
    }
    open.push(line);
  });
  return paragraphs;
}

const isLong = (line: string): boolean => visibleLength(line) > LINE_WIDTH;

/** What would begin something else than prose at the start of a line. */
const NOT_FIRST = /^(?:[-*+]|-+|=+|#{1,6}|\d+[.)])$|^[>|]/;

/** The lines of a paragraph, filled up to the width. */
export function wrap(lines: readonly string[]): string[] {
  const [first = ''] = lines;
  const [marker = /^\s*/.exec(first)?.[0] ?? ''] = MARKER.exec(first) ?? [];
  const indent = isQuotation(marker) ? marker : ' '.repeat(marker.length);
  const rest = lines.map((line, index) => line.slice(index === 0 ? marker.length : 0));
  const text = isQuotation(marker) ? rest.map((line) => line.replace(/^\s*>/, '')) : rest;
  const words: string[] = [];
  for (const word of text.join(' ').split(/\s+/).filter(Boolean)) {
    if (words.length > 0 && NOT_FIRST.test(word)) words.push(`${words.pop()} ${word}`);
    else words.push(word);
  }
  const wrapped: string[] = [];
  let line = marker;
  let empty = true;
  for (const word of words) {
    const longer = empty ? line + word : `${line} ${word}`;
    if (empty || !isLong(longer)) {
      line = longer;
    } else {
      wrapped.push(line);
      line = indent + word;
    }
    empty = false;
  }
  return [...wrapped, line];
}

/** The text with every paragraph wrapped that has a long line. */
export function wrapAll(text: string): string {
  const lines = text.split('\n');
  for (const { start, lines: paragraph } of paragraphsOf(text).reverse()) {
    if (paragraph.some(isLong)) lines.splice(start - 1, paragraph.length, ...wrap(paragraph));
  }
  return lines.join('\n');
}

/** The numbers of the lines that are too long. */
export const longLines = (text: string): number[] =>
  paragraphsOf(text).flatMap(({ start, lines }) =>
    lines.flatMap((line, index) => (isLong(line) ? [start + index] : [])),
  );

function main(write: boolean): void {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate', '*.md']);
  for (const path of listed.toString().split('\n').filter(Boolean)) {
    const text = readFileSync(path, 'utf8');
    if (write) {
      const wrapped = wrapAll(text);
      if (wrapped !== text) writeFileSync(path, wrapped);
      continue;
    }
    for (const line of longLines(text)) {
      console.error(`${path}:${line} is longer than ${LINE_WIDTH} characters: run "npm run format"`);
      process.exitCode = 1;
    }
  }
}

if (import.meta.main) main(process.argv.includes('--write'));
