import { expect, test } from 'vitest';
import { timelineSvg, timelineText } from '../../../demo/timeline.ts';
import { at, ENTRIES } from './run.ts';

const PERIOD = { from: at(0), until: at(58) };

test('who worked on what, which engine was lost, and when that was noticed', () => {
  const lines = timelineText(ENTRIES, PERIOD);
  expect(lines.slice(0, lines.indexOf(''))).toEqual([
    'seconds   0         10        20        30        40        50',
    '          |         |         |         |         |         |',
    'engine A   ========================================X',
    'engine B      ======X',
    'engine C             =========zzzzzzzcs============X',
    'CREATE      ================================o',
    'DELETE                                        ====================T',
    '/walk       -AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/ -AAAAX....!----------/',
    'server         -BBBBX....!2CCCzzzzz!3AAAAAAo',
  ]);
});

test('a longer time takes coarser columns', () => {
  const [seconds, ...lines] = timelineText(ENTRIES, { from: at(0), until: at(500) });
  expect(seconds).toBe('seconds   0         100       200       300       400       500');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('the SVG has the same rows as text, a description, and colours for a dark background', () => {
  const svg = timelineSvg(ENTRIES, PERIOD);
  for (const text of ['engine A', 'CREATE', 'DELETE', '/walk', 'server', '30 s', 'engine declared lost']) {
    expect(svg).toContain(`>${text}</text>`);
  }
  expect(svg).toMatch(/<desc id="desc">engine A is started; web: CREATE started, .*<\/desc>/);
  expect(svg).toContain('@media (prefers-color-scheme: dark)');
});

test('the SVG is well-formed', () => {
  const open: string[] = [];
  for (const [, end, name = '', rest = ''] of timelineSvg(ENTRIES, PERIOD).matchAll(
    /<(\/?)(\w+)([^<>]*)>/g,
  )) {
    if (end) expect(open.pop()).toBe(name);
    else if (!rest.endsWith('/')) open.push(name);
  }
  expect(open).toEqual([]);
});
