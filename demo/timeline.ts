/** The timeline of the engines, as text and as SVG. */
import { styleText } from 'node:util';
import type { ResourceAction, Stack } from '../contract/index.ts';
import { attemptsOf, type Entry, lossOf, resourceChanges } from './event-log.ts';
import { sentence } from './view.ts';

type Style = Parameters<typeof styleText>[0];
/** A character of the text and its style. In the SVG, bars are lines and marks are letters. */
type Kind = readonly [char: string, meaning: string, Style, line?: string];
const LEGEND: readonly Kind[] = [
  ['A', 'engine A works', 'cyan', 'stroke="#1f6feb" stroke-width="16"'],
  ['B', 'engine B works', 'green', 'stroke="#238636" stroke-width="16"'],
  ['C', 'engine C works', 'magenta', 'stroke="#8957e5" stroke-width="16"'],
  ['=', 'in progress', 'dim', 'stroke="#848d97" stroke-width="6"'],
  ['-', 'waits for an engine', 'dim', 'stroke="#848d97" stroke-width="2" stroke-dasharray="4"'],
  ['.', 'killed, not noticed yet', 'red', 'stroke="#da3633" stroke-width="8" stroke-dasharray="2 3"'],
  ['z', 'stopped (SIGSTOP)', 'yellow', 'stroke="#bf8700" stroke-width="8" stroke-dasharray="6 3"'],
  ['X', 'killed (SIGKILL)', 'red'],
  ['c', 'continued (SIGCONT)', 'yellow'],
  ['s', 'told to stop', 'yellow'],
  ['!', 'engine declared lost', 'yellow'],
  ['2', 'second attempt', 'bold'],
  ['o', 'COMPLETE', 'green'],
  ['f', 'FAILED', 'red'],
  ['T', 'timed out', 'red'],
  ['/', 'ended with its operation', 'dim'],
];
const kindOf = (char: string): Kind | undefined => LEGEND.find(([one]) => one === char);
const markOf = ({ status, cause }: Stack | ResourceAction): string =>
  status === 'COMPLETE' ? 'o' : cause === 'TIMEOUT' ? 'T' : cause === 'CANCELLED' ? '/' : 'f';

/** The period that is shown, in milliseconds since 1970. */
export type Period = { readonly from: number; readonly until: number };
/** Seconds of a column. The chart takes the finest step that its period fits into. */
const STEPS = [0.5, 1, 2, 5, 10, 30, 60, 300];
const [COLUMNS, TICK] = [80, 10];

/** A bar between two times, or a mark at one. */
type Item = readonly [row: string, char: string, at: number, to?: number];

function* itemsOf(entries: readonly Entry[], until: number): Generator<Item> {
  const attempts = attemptsOf(entries);
  const ofEngines = entries.filter((one) => 'engine' in one);
  const first = [...ofEngines, ...entries.filter((one) => one.kind === 'operation')];
  for (const [n, entry] of first.entries()) {
    const { at } = entry;
    const later = first.slice(n + 1);
    if (entry.kind === 'operation') {
      const { action, status, operationId } = entry.change;
      const end = later.find((one) => one.kind === 'operation' && one.change.operationId === operationId);
      if (status !== 'IN_PROGRESS') yield [action, markOf(entry.change), at];
      else yield [action, '=', at, end?.at ?? until];
    } else if (entry.kind === 'fenced') {
      yield [`engine ${entry.engine}`, 's', at];
    } else {
      const row = `engine ${entry.engine}`;
      const next = later.find((one) => one.kind === 'engine' && one.engine === entry.engine);
      if (entry.did === 'killed') yield [row, 'X', at];
      else yield [row, entry.did === 'stopped' ? 'z' : '=', at, next?.at ?? until];
      if (entry.did === 'continued') yield [row, 'c', at];
    }
  }
  for (const changes of resourceChanges(entries)) {
    for (const [n, { at, change }] of changes.entries()) {
      const { id, resource: row, status, phase, attempt, engineId = '' } = change;
      const to = changes[n + 1]?.at ?? until;
      const lost = lossOf(change, entries);
      if (status !== 'IN_PROGRESS') yield [row, markOf(change), at];
      else if (phase !== 'RUNNING') {
        yield [row, '-', at, to];
        if (attempts.some((one) => one.lost && one.end?.change.id === id)) yield [row, '!', at];
      } else {
        yield [row, engineId, at, to];
        if (attempt > 1) yield [row, String(attempt), at];
        if (lost) yield [row, lost.did === 'killed' ? '.' : 'z', lost.at, to];
        if (lost?.did === 'killed') yield [row, 'X', lost.at];
      }
    }
  }
}

/** A character for each column of each row. */
function chartOf(entries: readonly Entry[], { from, until }: Period) {
  const step = STEPS.find((one) => (until - from) / 1000 / one < COLUMNS) ?? Number.POSITIVE_INFINITY;
  const columnOf = (at: number) => Math.max(0, Math.floor((at - from) / 1000 / step));
  const last = columnOf(until);
  const groups = Map.groupBy(itemsOf(entries, until), ([row]) => row);
  const rows = [...groups].map(([name, items]) => {
    const cells = Array.from({ length: last + 1 }, () => ' ');
    for (const [, char, at, to] of items) if (to) cells.fill(char, columnOf(at), columnOf(to) + 1);
    let free = 0;
    // Marks of about the same time stand side by side.
    for (const [, char, at] of items.filter(([, , , to]) => !to).toSorted((a, b) => a[2] - b[2])) {
      free = Math.max(free, columnOf(at)) + 1;
      cells[free - 1] = char;
    }
    return [name, cells.join('').trimEnd()] as const;
  });
  const ticks = Array.from({ length: Math.floor(last / TICK) + 1 }, (_, n) => n * TICK);
  return { rows, ticks: ticks.map((column) => [column, String(column * step)] as const) };
}

/** Lines of text, with colours if standard output is a terminal. */
export function timelineText(entries: readonly Entry[], period: Period): string[] {
  const { rows, ticks } = chartOf(entries, period);
  const margin = Math.max(...rows.map(([name]) => name.length)) + 2;
  const line = (name: string, text: string) => `${name.padEnd(margin)}${text}`.trimEnd();
  const paint = (run: string, char: string) => styleText(kindOf(char)?.[2] ?? 'bold', run);
  const legend = LEGEND.map(([char, meaning]) => `${char}  ${meaning}`.padEnd(28));
  const legendLines = Map.groupBy(legend, (_, n) => Math.floor(n / 3)).values();
  return [
    line('seconds', ticks.map(([, seconds]) => seconds.padEnd(TICK)).join('')),
    line('', ticks.map(() => '|'.padEnd(TICK)).join('')),
    ...rows.map(([name, cells]) => line(name, cells.replace(/(\S)\1*/g, paint))),
    '',
    ...[...legendLines].map((some) => some.join('').trimEnd()),
  ];
}

const [COLUMN_PX, ROW_PX, LEFT_PX, TOP_PX] = [9, 24, 130, 46];
const CSS = `text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.mark { font: bold 14px ui-monospace, monospace; text-anchor: middle }
.on { fill: #fff; text-anchor: middle }
.ground { fill: #fff; stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .ground { fill: #0d1117; stroke: #3d444d }
}`;
const textAt = (x: number, y: number, text: string, css = ''): string =>
  `<text${css && ` class="${css}"`} x="${x}" y="${y + 5}">${text}</text>`;

function runAt(x: number, y: number, run: string): string {
  const [char = ''] = run;
  const line = kindOf(char)?.[3];
  if (!line) return [...run].map((one, n) => textAt(x + (n + 0.5) * COLUMN_PX, y, one, 'mark')).join('');
  const width = run.length * COLUMN_PX;
  const letter = /[A-Z]/.test(char) ? textAt(x + width / 2, y, char, 'on') : '';
  return `<path d="M${x} ${y}h${width}" ${line}/>${letter}`;
}

/** An SVG for light and dark backgrounds, with a description for screen readers. */
export function timelineSvg(entries: readonly Entry[], period: Period): string {
  const { rows, ticks } = chartOf(entries, period);
  const xOf = (column: number) => LEFT_PX + column * COLUMN_PX;
  const bottom = TOP_PX + rows.length * ROW_PX;
  const [width, height] = [xOf(COLUMNS) + 10, bottom + Math.ceil(LEGEND.length / 4) * ROW_PX + 20];
  const words = entries.flatMap((entry) => sentence(entry, entries) ?? []);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">Who works on what while engines are lost</title>`,
    `<desc id="desc">${words.join('; ')}</desc>`,
    `<style>${CSS}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...ticks.flatMap(([column, seconds]) => [
      textAt(xOf(column), TOP_PX - 24, `${seconds} s`),
      `<path class="ground" d="M${xOf(column)} ${TOP_PX - 14}V${bottom - 8}"/>`,
    ]),
    ...rows.flatMap(([name, cells], n) => {
      const y = TOP_PX + n * ROW_PX;
      const runs = [...cells.matchAll(/(\S)\1*/g)].map(({ 0: run, index }) => runAt(xOf(index), y, run));
      return [textAt(12, y, name), ...runs];
    }),
    ...LEGEND.map(([char, meaning, , line], n) => {
      const [x, y] = [12 + (n % 4) * 212, bottom + 16 + Math.floor(n / 4) * ROW_PX];
      return runAt(x, y, char.repeat(line ? 4 : 1)) + textAt(x + 5 * COLUMN_PX, y, meaning);
    }),
    '</svg>\n',
  ].join('\n');
}
