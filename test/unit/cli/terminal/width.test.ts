import { expect, test } from 'vitest';
import { cut, ellipsisOf, widthOf } from '../../../../cli/terminal/width.ts';

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['東京都', 5, '東京…'],
  ['東京都', 4, '東…'],
  ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 3, '👩‍👩‍👧‍👦…'],
])('%s in %i columns', (text, columns, shown) => {
  expect(cut(text, { columns, ellipsis: '…' })).toBe(shown);
  expect(widthOf(shown)).toBeLessThanOrEqual(columns);
});

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'ab...'],
  ['abcdef', 3, '...'],
  ['abcdef', 2, '..'],
  ['abcdef', -1, ''],
])('%s in %i columns of a terminal that shows ASCII alone', (text, columns, shown) => {
  expect(cut(text, { columns, ellipsis: ellipsisOf(false) })).toBe(shown);
});
