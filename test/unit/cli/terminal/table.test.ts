import { describe, expect, test } from 'vitest';
import { type Column, renderTable } from '../../../../cli/terminal/table.ts';
import { type Room, widthOf } from '../../../../cli/terminal/width.ts';

const wide = (columns: number): Room => ({ columns, ellipsis: '…' });

test('columns are as wide as their widest cell, lines end without spaces', () => {
  const rows = [
    ['web', '1', ''],
    ['database', '', 'x'],
  ];
  expect(renderTable(['STACK', 'N', 'LAST'], rows)).toBe(
    ['STACK     N  LAST', 'web       1', 'database     x'].join('\n'),
  );
});

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;

test('colours take no place, and end where a cell is cut', () => {
  const rows = [[{ text: 'FAILED', paint: red }, '1']];
  expect(renderTable(['STATUS', 'N'], rows)).toBe(`STATUS  N\n${red('FAILED')}  1`);
  expect(renderTable(['S', 'N'], rows, wide(7))).toBe(`S     N\n${red('FAI…')}  1`);
});

test('a table without rows is its header', () => {
  expect(renderTable(['A', 'B'], [])).toBe('A  B');
});

test('characters that take two columns count twice', () => {
  expect(renderTable(['A', 'B'], [['東京', 'x']])).toBe('A     B\n東京  x');
  expect(renderTable(['A', 'B'], [['東京都', 'x']], wide(8))).toBe('A      B\n東京…  x');
});

test('a column that may be left out is, the last resort first', () => {
  const columns: Column[] = [
    { title: 'A', shrinksTo: 4 },
    { title: 'B', dispensable: 1 },
    { title: 'C', dispensable: 2 },
  ];
  const rows = [['aaaaaaaa', 'bbbb', 'cccc']];
  const at = (width: number) => renderTable(columns, rows, wide(width)).split('\n')[1];
  expect(at(20)).toBe('aaaaaaaa  bbbb  cccc');
  expect(at(16)).toBe('aaa…  bbbb  cccc');
  expect(at(15)).toBe('aaaaaaaa  bbbb');
  expect(at(9)).toBe('aaaaaaaa');
  expect(at(3)).toBe('aa…');
});

describe.each([60, 80, 200])('on %i columns', (columns) => {
  test.each([
    ['long names', 'x'.repeat(255)],
    ['wide characters', '漢字'.repeat(60)],
    ['combined characters', '👩‍👩‍👧‍👦é'.repeat(60)],
    ['short ones', 'web'],
  ])('no cell overwrites another: %s', (_, name) => {
    const specs: Column[] = [
      { title: 'STACK', shrinksTo: 12 },
      { title: 'STATUS' },
      { title: 'ENGINE', shrinksTo: 8 },
      { title: 'REASON', shrinksTo: 8 },
    ];
    const rows = Array.from({ length: 3 }, () => [name, 'CREATE_IN_PROGRESS', name, name]);
    const lines = renderTable(specs, rows, wide(columns)).split('\n');
    const [header = ''] = lines;
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const start = header.indexOf('STATUS');
    for (const line of lines.slice(1)) {
      const [before = '', after] = line.split('CREATE_IN_PROGRESS');
      expect(after).toMatch(/^ {2}\S/);
      expect(before).toMatch(name.length > 100 ? /… +$/ : /b {2,}$/);
      expect(widthOf(before)).toBe(start);
    }
  });
});
