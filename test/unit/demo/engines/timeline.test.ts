import { expect, test } from 'vitest';
import type { Entry } from '../../../../demo/engines/journal.ts';
import { LEGEND, timeline } from '../../../../demo/engines/timeline.ts';
import { ENTRIES, START } from './story.ts';

const draw = (entries: readonly Entry[], seconds: number, columns = 100) =>
  timeline(entries, { startedAt: START, until: START + seconds * 1000, columns });

test('who worked on what, when it died, and when that was noticed', () => {
  expect(draw(ENTRIES, 58).join('\n')).toBe(
    [
      'seconds    0         10        20        30        40        50',
      '           |         |         |         |         |         |',
      'engine A   ============X',
      'engine B   =============================================X',
      'engine C                ========zzzzzzzzcs==============X',
      'operation    CREATE============================o   DELETE=========T',
      '/walk         -BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB/    CCCCX.....!----/',
      'network         -AAo',
      'server              AAAX....!-2Czzzzz!3BBBBBBo       BBBX....!-----/',
    ].join('\n'),
  );
});

test('a longer time takes coarser columns, and no line is wider than allowed', () => {
  const lines = draw(ENTRIES, 130, 50);
  expect(lines[0]).toBe('seconds    0         50        100');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
  expect(Math.max(...draw(ENTRIES, 100_000, 80).map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('a story that goes on is drawn up to now', () => {
  expect(draw(ENTRIES.slice(0, 10), 11)).toEqual([
    'seconds    0         5         10',
    '           |         |         |',
    'engine A   =======================',
    'engine B    ======================',
    'operation      CREATE=============',
    '/walk            --BBBBBBBBBBBBBBB',
    'network              --AAAAo',
    'server                       AAAAA',
  ]);
});

test('what was learnt later is drawn where it belongs', () => {
  expect(draw(ENTRIES.toReversed(), 58)).toEqual(draw(ENTRIES, 58));
});

test('runs of what is drawn are coloured, but not the names of the operations', () => {
  const painted = timeline(ENTRIES.slice(0, 11), {
    startedAt: START,
    until: START + 13_000,
    columns: 100,
    paint: (character, run) => `<${character}${run.length}>`,
  });
  expect(painted.slice(2, 6)).toEqual([
    'engine A   <=24><X1>',
    'engine B    <=26>',
    'operation      CREATE=================',
    '/walk            <-2><B19>',
  ]);
});

test('the legend fits on any terminal', () => {
  expect(Math.max(...LEGEND.map((line) => line.length))).toBeLessThanOrEqual(80);
});
