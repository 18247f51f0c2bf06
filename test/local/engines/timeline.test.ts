import { expect, test } from 'vitest';
import type { Entry } from '../../../local/demo/engines/journal.ts';
import { LEGEND, timeline } from '../../../local/demo/engines/timeline.ts';
import { entriesOf } from './entries.ts';

const START = Date.UTC(2026, 0, 31, 12);

const draw = (entries: readonly Entry[], seconds: number, columns = 100) =>
  timeline(entries, { startedAt: START, until: START + seconds * 1000, columns });

/** Everything that can happen. */
const STORY = entriesOf(START, [
  [0.2, 'A', 'started'],
  [0.9, 'B', 'started'],
  [2, 'CREATE', 'begins'],
  [3, '/walk', 'queued'],
  [4, '/walk', 'claimed by B'],
  [5, 'network', 'queued'],
  [6, 'network', 'claimed by A'],
  [8, 'network', 'COMPLETE'],
  [9, 'server', 'claimed by A'],
  [12, 'A', 'killed'],
  [13, 'C', 'started'],
  [17.1, 'server', 'noticed'],
  [17.3, 'server', 'queued, attempt 2'],
  [19, 'server', 'claimed by C, attempt 2'],
  [21, 'C', 'stopped'],
  [26, 'server', 'noticed'],
  [27.5, 'server', 'claimed by B, attempt 3'],
  [29, 'C', 'continued'],
  [29.2, 'server', 'C told to stop, attempt 2'],
  [34, 'server', 'COMPLETE, attempt 3'],
  [36, 'CREATE', 'COMPLETE'],
  [36, '/walk', 'CANCELLED'],
  [40, 'DELETE', 'begins'],
  [41, '/walk', 'claimed by C'],
  [42, 'server', 'claimed by B'],
  [45, 'B', 'killed'],
  [45, 'C', 'killed'],
  [50, 'server', 'noticed'],
  [51, '/walk', 'noticed'],
  [55.5, 'DELETE', 'TIMEOUT'],
  [56.1, 'server', 'CANCELLED'],
  [56.2, '/walk', 'CANCELLED'],
]);

test('who worked on what, when it died, and when that was noticed', () => {
  expect(draw(STORY, 58).join('\n')).toBe(
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
  const lines = draw(STORY, 130, 50);
  expect(lines[0]).toBe('seconds    0         50        100');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
  expect(Math.max(...draw(STORY, 100_000, 80).map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('a story that goes on is drawn up to now', () => {
  expect(draw(STORY.slice(0, 9), 11)).toEqual([
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
  expect(draw(STORY.toReversed(), 58)).toEqual(draw(STORY, 58));
});

test('runs of what is drawn are coloured, but not the names of the operations', () => {
  const painted = timeline(STORY.slice(0, 10), {
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

test('the legend fits beside the picture', () => {
  expect(Math.max(...LEGEND.map((line) => line.length))).toBeLessThanOrEqual(100);
});
