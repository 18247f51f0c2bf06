import { expect, test } from 'vitest';
import { cut, widthOf } from '../../../../cli/terminal/width.ts';

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['東京都', 5, '東京…'],
  ['東京都', 4, '東…'],
  ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 3, '👩‍👩‍👧‍👦…'],
])('%s in %i columns', (text, columns, shown) => {
  expect(cut(text, columns)).toBe(shown);
  expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns);
});
