import { describe, expect, test } from 'vitest';
import { longLines, paragraphsOf, visibleLength, wrap, wrapAll } from '../../../scripts/check-prose.ts';

const words = (count: number): string => Array.from({ length: count }, () => 'word').join(' ');
const LONG = words(21); // 104 characters.
const FITS = words(20); // 99 characters.

test('a line is as long as what is read of it', () => {
  expect(visibleLength('see [the guide](docs/guides/engines.md#a-heading-that-is-long)')).toBe(15);
  expect(visibleLength('see <https://example.org/a/path>')).toBe(4);
  expect(visibleLength('fünf')).toBe(4);
});

describe('which lines are too long', () => {
  test.each([
    ['a paragraph', `${FITS}\n${LONG}\n`, [2]],
    ['an item of a list', `- ${FITS}\n- ${LONG}\n`, [1, 2]],
    ['prose after a block of code', `\`\`\`\n${LONG}\n\`\`\`\n${LONG}\n`, [4]],
    ['a block of code', `\`\`\`sh\n${LONG}\n\`\`\`\n`, []],
    ['a block of code in an item', `- item\n\n  \`\`\`sh\n  ${LONG}\n  \`\`\`\n`, []],
    ['a table', `| ${LONG} |\n|---|\n`, []],
    ['a heading', `## ${LONG}\n`, []],
    ['HTML', `<img alt="${LONG}">\n`, []],
    ['a line that is long by its link alone', `${words(18)} [word](${'a'.repeat(50)})\n`, []],
  ])('%s', (_, text, expected) => {
    expect(longLines(text)).toEqual(expected);
  });
});

describe('wrapping', () => {
  test('a paragraph is filled, and what is around it stays', () => {
    const text = `# Title\n\n${LONG}\nmore\n\n| a |\n|---|\n`;
    expect(wrapAll(text)).toBe(`# Title\n\n${FITS}\nword more\n\n| a |\n|---|\n`);
  });

  test('an item of a list goes on under its text, the next one stays', () => {
    expect(wrapAll(`- ${LONG}\n- next\n`)).toBe(`- ${words(19)}\n  word word\n- next\n`);
    expect(wrap([`  2. ${LONG}`])).toEqual([`  2. ${words(19)}`, '     word word']);
  });

  test('no line begins with what would make it a list, a heading or a quotation', () => {
    for (const mark of ['-', '+', '#', '>', '|', '3.']) {
      const lines = wrap([`${words(20)} ${mark} ${words(3)}`]);
      expect(lines).toEqual([words(19), `word ${mark} ${words(3)}`]);
    }
  });

  test('a word may begin with a mark', () => {
    for (const word of ['--flag', '**bold**', '#12', '2.5'])
      expect(wrap([`${words(20)} ${word}`])).toEqual([words(20), word]);
  });

  test('what needs no wrapping stays as it is', () => {
    const text = `short\nlines\n\n- of\n- prose\n`;
    expect(wrapAll(text)).toBe(text);
  });

  test('wrapped once, nothing is left to wrap', () => {
    const text = `${LONG} ${LONG}\n\n1. ${LONG}\n> ${LONG}\n`;
    const wrapped = wrapAll(text);
    expect(longLines(wrapped)).toEqual([]);
    expect(wrapAll(wrapped)).toBe(wrapped);
    expect(paragraphsOf(wrapped)).toHaveLength(3);
  });
});
