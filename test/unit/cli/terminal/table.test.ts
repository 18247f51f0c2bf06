import { expect, test } from 'vitest';
import { renderTable } from '../../../../cli/terminal/table.ts';

test('columns are as wide as their widest cell, lines end without spaces', () => {
  const rows = [
    ['web', '1', ''],
    ['database', '', 'x'],
  ];
  expect(renderTable(['STACK', 'N', 'LAST'], rows)).toBe(
    ['STACK     N  LAST', 'web       1', 'database     x'].join('\n'),
  );
});

test('colours take no place', () => {
  const red = '\x1b[31mFAILED\x1b[39m';
  expect(renderTable(['STATUS', 'N'], [[red, '1']])).toBe(`STATUS  N\n${red}  1`);
});

test('a table without rows is its header', () => {
  expect(renderTable(['A', 'B'], [])).toBe('A  B');
});
