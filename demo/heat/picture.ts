/** The operations on both Heats as a standalone SVG, for light and dark grounds. Pure. */
import { ticks } from '../../cli/history/axis.ts';
import {
  deadlineOf,
  type EnginesDown,
  endOf,
  latest,
  type ObservedOperation,
  type Side,
} from './observed-operation.ts';

const WIDTH = 960;
const LEFT = 176;
const RIGHT = 262;
const TOP = 84;
const ROW = 28;
const BAR = 14;
const TITLE = 34;
const MAX_TICKS = 9;

const CSS = `text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: bold }
.note { fill: #59636e }
.ground { fill: #fff; stroke: #d1d9e0 }
.tick { stroke: #d1d9e0 }
.down { fill: #818b98; opacity: .35 }
.busy { fill: #0969da }
.overdue { fill: url(#overdue) }
.hatch { stroke: #cf222e; stroke-width: 3 }
.deadline { stroke: #cf222e; stroke-width: 2 }
.good { fill: #1a7f37 }
.bad { fill: #cf222e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .ground { fill: #0d1117; stroke: #3d444d }
  .tick { stroke: #3d444d }
  .busy { fill: #4493f8 }
  .hatch, .deadline { stroke: #ff7b72 }
  .good { fill: #3fb950 }
  .bad { fill: #ff7b72 }
}`;
const HATCH =
  '<defs><pattern id="overdue" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern></defs>';

const TITLES: Readonly<Record<Side, string>> = { without: 'Heat alone', with: 'Heat with heat-bridge' };

const px = (value: number): string => String(Number(value.toFixed(1)));
const text = (x: number, y: number, words: string, css = '', anchor = 'start') =>
  `<text${css && ` class="${css}"`} x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${words}</text>`;
const bar = (css: string, x: number, y: number, width: number, height = BAR) =>
  `<rect class="${css}" x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(height)}"/>`;

/** What Heat showed at last. */
const outcome = (one: ObservedOperation): string => {
  const { state, reason } = latest(one);
  return reason === 'Timed out' ? `${state}, ${reason}` : state;
};

export function picture(observed: readonly ObservedOperation[], down: EnginesDown): string {
  const from = Math.min(...observed.map(({ began }) => began));
  const until = Math.max(...observed.map(({ lastObservedAt }) => lastObservedAt));
  const xOf = (at: number) =>
    LEFT + (Math.min(Math.max(at, from) - from, until - from) / (until - from)) * (WIDTH - LEFT - RIGHT);
  const sides = Map.groupBy(observed, ({ side }) => side);
  const panel = TITLE + Math.max(...[...sides.values()].map(({ length }) => length)) * ROW;
  const bottom = TOP + sides.size * panel;
  const height = bottom + 34;
  const label = TOP - 22;
  const said = observed.map((one) => `${TITLES[one.side]}: ${one.operation.stack} is ${outcome(one)}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">`,
    '<title id="title">The same operations on two Heats, all engines killed</title>',
    `<desc id="desc">${said.join('; ')}</desc>`,
    `<style>${CSS}</style>`,
    HATCH,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    text(12, 24, 'The same operations on two Heats, each with a timeout of a minute'),
    ...ticks({ from, until }, MAX_TICKS).flatMap((tick) => [
      `<path class="tick" d="M${px(xOf(tick.at))} ${TOP - 10}V${bottom}"/>`,
      text(xOf(tick.at), label, tick.label, 'note', 'middle'),
    ]),
    text(WIDTH - RIGHT + 28, label, 'what Heat shows at the end', 'note'),
    bar('down', xOf(down.from), TOP - 10, xOf(down.until) - xOf(down.from), bottom - TOP + 10),
    ...[...sides].flatMap(([side, rows], n) => {
      const top = TOP + n * panel;
      return [
        text(12, top + 20, TITLES[side], 'title'),
        ...rows.flatMap((one, row) => rowOf(one, top + TITLE + row * ROW, xOf)),
      ];
    }),
    bar('down', 12, bottom + 10, 28),
    text(48, bottom + 22, 'no engine: all killed with SIGKILL, then started again', 'note'),
    deadlineAt(420, bottom + 7),
    text(432, bottom + 22, 'deadline', 'note'),
    bar('overdue', 516, bottom + 10, 28),
    text(552, bottom + 22, 'overdue, and still IN_PROGRESS', 'note'),
    '</svg>\n',
  ].join('\n');
}

const deadlineAt = (x: number, y: number) => `<path class="deadline" d="M${px(x)} ${px(y)}v${BAR + 6}"/>`;

function rowOf(one: ObservedOperation, y: number, xOf: (at: number) => number): string[] {
  const { operation, began, lastObservedAt } = one;
  const end = endOf(one);
  const until = end?.at ?? lastObservedAt;
  const [start, deadline, stop] = [xOf(began), xOf(deadlineOf(one)), xOf(until)];
  return [
    text(12, y + 12, `${operation.action} ${operation.stack}`),
    bar('busy', start, y, Math.min(deadline, stop) - start),
    bar('overdue', deadline, y, stop - deadline),
    deadlineAt(deadline, y - 3),
    text(WIDTH - RIGHT + 28, y + 12, outcome(one), end ? 'good' : 'bad'),
  ];
}
