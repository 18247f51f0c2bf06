import { expect, test } from 'vitest';
import { drawTimeline } from '../../../../cli/history/terminal.ts';
import type { HistoryEntry } from '../../../../contract/index.ts';
import {
  at,
  claimed,
  completed,
  dispatched,
  ENTRIES,
  entry,
  iso,
  lost,
  retried,
  started,
  steps,
  timeline,
} from './entries.ts';

const plain = (_: string, text: string): string => text;

function draw(
  entries: readonly HistoryEntry[],
  options: { width?: number; unicode?: boolean; now?: number } = {},
) {
  const { width = 80, unicode = false, now = at(100) } = options;
  return drawTimeline(timeline(entries, { now }), { width, unicode, paint: plain }).split('\n');
}

/** Without the legend. */
const chart = (...args: Parameters<typeof draw>): string[] => {
  const lines = draw(...args);
  return lines.slice(0, lines.indexOf(''));
};

test('60 columns, Unicode', () => {
  expect(draw(ENTRIES, { width: 60, unicode: true })).toEqual([
    '                    0s      15s      30s      45s      1m',
    '                    │       │        │        │        │',
    'operation           ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┊▒▒t',
    'database-with-a-n…  ╌╌╌╌╌╌·····A█████████████████✓     ┊',
    'server              ·A████▒!B2████████▒▒tC3████████████████/',
    '',
    '━ operation in progress   ╌ delayed   · waits for an engine',
    '█ an engine works   ▒ late   A2 engine A begins attempt 2',
    '✓ COMPLETE   t timed out   ! engine lost   / cancelled',
    '┊ deadline of the operation',
    'A engine engine-1   B engine engine-2   C engine engine-3',
  ]);
});

test('60 columns, ASCII', () => {
  expect(draw(ENTRIES, { width: 60 })).toEqual([
    '                    0s      15s      30s      45s      1m',
    '                    |       |        |        |        |',
    'operation           ===================================:%%t',
    'database-with-a...  ------.....A#################o     :',
    'server              .A####%!B2########%%tC3################/',
    '',
    '= operation in progress   - delayed   . waits for an engine',
    '# an engine works   % late   A2 engine A begins attempt 2',
    'o COMPLETE   t timed out   ! engine lost   / cancelled',
    ': deadline of the operation',
    'A engine engine-1   B engine engine-2   C engine engine-3',
  ]);
});

test('80 columns, Unicode', () => {
  expect(draw(ENTRIES, { unicode: true })).toEqual([
    '                          0s          15s         30s         45s         1m',
    '                          │           │           │           │           │',
    'operation                 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┊▒▒▒t',
    'database-with-a-name-of…  ╌╌╌╌╌╌╌╌········A███████████████████████✓       ┊',
    'server                    ·A███████!~·B2███████████▒▒▒tC3██████████████████████/',
    '',
    '━ operation in progress   ╌ delayed   · waits for an engine   █ an engine works',
    '~ waits for the next attempt   ▒ late   A2 engine A begins attempt 2',
    '✓ COMPLETE   t timed out   ! engine lost   / cancelled',
    '┊ deadline of the operation',
    'A engine engine-1   B engine engine-2   C engine engine-3',
  ]);
});

test('80 columns, ASCII', () => {
  expect(draw(ENTRIES)).toEqual([
    '                          0s          15s         30s         45s         1m',
    '                          |           |           |           |           |',
    'operation                 ================================================:%%%t',
    'database-with-a-name-...  --------........A#######################o       :',
    'server                    .A#######!~.B2###########%%%tC3######################/',
    '',
    '= operation in progress   - delayed   . waits for an engine   # an engine works',
    '~ waits for the next attempt   % late   A2 engine A begins attempt 2',
    'o COMPLETE   t timed out   ! engine lost   / cancelled',
    ': deadline of the operation',
    'A engine engine-1   B engine engine-2   C engine engine-3',
  ]);
});

test('120 columns, Unicode', () => {
  expect(draw(ENTRIES, { width: 120, unicode: true })).toEqual([
    '                                      0s          10s         20s         30s          40s         50s         1m',
    '                                      │           │           │           │            │           │           │',
    'operation                             ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┊▒▒▒▒▒t',
    'database-with-a-name-of-considerabl…   ╌╌╌╌╌╌╌╌╌╌╌╌···········A████████████████████████████████████✓           ┊',
    'server                                 ·A███████████!~~·B2███████████████████▒▒▒t·C3███████████████████████████████████/',
    '',
    '━ operation in progress   ╌ delayed   · waits for an engine   █ an engine works   ~ waits for the next attempt   ▒ late',
    'A2 engine A begins attempt 2   ✓ COMPLETE   t timed out   ! engine lost   / cancelled   ┊ deadline of the operation',
    'A engine engine-1   B engine engine-2   C engine engine-3',
  ]);
});

test('120 columns, ASCII', () => {
  expect(draw(ENTRIES, { width: 120 })).toEqual([
    '                                      0s          10s         20s         30s          40s         50s         1m',
    '                                      |           |           |           |            |           |           |',
    'operation                             =========================================================================:%%%%%t',
    'database-with-a-name-of-considera...   ------------...........A####################################o           :',
    'server                                 .A###########!~~.B2###################%%%t.C3###################################/',
    '',
    '= operation in progress   - delayed   . waits for an engine   # an engine works   ~ waits for the next attempt   % late',
    'A2 engine A begins attempt 2   o COMPLETE   t timed out   ! engine lost   / cancelled   : deadline of the operation',
    'A engine engine-1   B engine engine-2   C engine engine-3',
  ]);
});

test('what is in progress is open, and its deadline is shown when it is near', () => {
  const running = [started, ...steps('server', [1, dispatched], [20, claimed(1, 'a')])];
  expect(chart(running, { now: at(45) })).toEqual([
    '           0s         10s        20s         30s        40s        50s',
    '           |          |          |           |          |          |',
    'operation  ===================================================>                :',
    'server      .....................A############################>                :',
  ]);
});

test('a deadline far ahead would squeeze the rest: it is not drawn', () => {
  const running = [started, ...steps('server', [1, dispatched], [2, claimed(1, 'a')])];
  expect(chart(running, { now: at(10) })).toEqual([
    '           0s           2s            4s           6s            8s',
    '           |            |             |            |             |',
    'operation  ====================================================================>',
    'server           .......A######################################################>',
  ]);
});

test('an operation in progress after its deadline is late already', () => {
  expect(chart([started], { now: at(80) })).toEqual([
    '           0s          15s          30s          45s          1m          1m 15s',
    '           |           |            |            |            |           |',
    'operation  ===================================================:%%%%%%%%%%%%%%%%>',
  ]);
});

test('entries that do not reach back: what began earlier', () => {
  expect(
    chart([
      entry(20, { resource: 'other', version: 1, ...dispatched }),
      ...steps('server', [30, completed(2, 'a')]),
    ]),
  ).toEqual([
    '           0s          15s          30s          45s          1m          1m 15s',
    '           |           |            |            |            |           |',
    'operation  <===================================================================>',
    'other      ....................................................................>',
    'server     <A2#####o',
  ]);
});

test('attempts that are shorter than a column stand side by side', () => {
  const short = steps(
    'server',
    [1, dispatched],
    [1.001, claimed(1, 'a')],
    [1.002, lost(1, 'a')],
    [1.003, retried(2)],
    [1.004, claimed(2, 'b')],
    [1.005, completed(2, 'b')],
  );
  const long = steps('walk', [1, dispatched], [1, claimed(1, 'c')]);
  expect(chart([started, ...short, ...long], { now: at(3600) })).toEqual([
    '           0s         10m        20m         30m        40m        50m',
    '           |          |          |           |          |          |',
    'operation  =:%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%>',
    'server     B!Co',
    'walk       A###################################################################>',
  ]);
});

test('more attempts than columns: the last ones', () => {
  const many = Array.from(
    { length: 200 },
    (_, n): [number, ReturnType<typeof claimed> | ReturnType<typeof lost>][] => [
      [n + 1, claimed(n + 1, 'a')],
      [n + 1.5, lost(n + 1, 'a')],
    ],
  ).flat();
  const [, , , lane = ''] = chart([started, ...steps('server', [0.5, dispatched], ...many)], {
    now: at(300),
  });
  expect(lane).toHaveLength(80);
  expect(lane.slice(11)).toMatch(/^[A!]+>$/);
});

test('everything in one moment', () => {
  const moment = [started, ...steps('server', [0, dispatched], [0, claimed(1, 'a')], [0, completed(1, 'a')])];
  expect(chart(moment, { now: at(0) })).toEqual([
    '           0s',
    '           |',
    'operation  >',
    'server     Ao',
  ]);
});

test.each([
  [0.2, '0s|0.05s'],
  [90, '0s|15s|30s'],
  [3600, '0s|10m|20m'],
  [90_000, '0s|6h|12h'],
  [20_000_000, '0s|60d|120d'],
])('ticks of %d seconds are at round times', (seconds, first) => {
  const [labels = ''] = chart([started], { now: at(seconds) });
  expect(labels.trim().split(/ {2,}/).slice(0, first.split('|').length).join('|')).toBe(first);
});

test('engines beyond the alphabet share a sign', () => {
  const engines = Array.from({ length: 30 }, (_, n) =>
    steps(`r-${n}`, [1, dispatched], [2 + n / 100, claimed(1, `engine-${n}`)]),
  ).flat();
  const lines = draw([started, ...engines], { now: at(50) });
  expect(lines.filter((line) => /\.\*#/.test(line))).toHaveLength(4);
  expect(lines.at(-1)).toContain('* 4 more engines');
});

test('names of others change nothing beside them', () => {
  const name = 'a\u202eb\x1b[2J\nc';
  const lines = draw([started, ...steps(name, [1, dispatched], [2, claimed(1, '\u200bx')])]);
  expect(lines.join('\n')).toContain('a\\u202eb [2J c');
  expect(lines.at(-1)).toBe('A engine \\u200bx');
});

test('no line is wider than the terminal', () => {
  const entries = [
    started,
    ...steps('r'.repeat(255), [1, dispatched], [2, claimed(1, 'e'.repeat(255), iso(9))]),
  ];
  for (const width of [60, 61, 80, 133])
    for (const unicode of [true, false])
      for (const line of draw(entries, { width, unicode }))
        expect([...line].length).toBeLessThanOrEqual(width);
});
