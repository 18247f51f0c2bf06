/** A timeline as a standalone SVG: no script, no font of its own, for light and dark grounds. Pure. */
import { printable } from '../terminal/printable.ts';
import { cut, UNLIMITED } from '../terminal/width.ts';
import { drawnDeadline, drawnPeriod, ticks } from './axis.ts';
import {
  type Bar,
  type BarKind,
  LOOKS,
  letterOf,
  occurring,
  type Row,
  rowsOf,
  type Sign,
  type SignKind,
  sideBySide,
} from './drawing.ts';
import type { Instant, Timeline } from './timeline.ts';
import { endText, statusOf } from './words.ts';

const WIDTH = 960;
const LEFT = 170;
const RIGHT = 24;
const TOP = 74;
const ROW = 26;
const BAR = 16;
const CHARACTER = 7.5;
const SIGN = 11;
const LEGEND_COLUMNS = 3;
const TICKS = 10;

/** Of engines, and readable under white text. An engine is also told by its letter. */
const COLOURS = ['#0969da', '#1a7f37', '#8250df', '#9a6700', '#bf3989', '#1b7c83', '#57606a', '#a04100'];
const CSS = `text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.name, .sign { font: bold 13px ui-monospace, monospace }
.sign { text-anchor: middle; paint-order: stroke; stroke: #fff; stroke-width: 3px }
.letter { text-anchor: start }
.in { fill: #fff; stroke: none }
.good { fill: #1a7f37 }
.bad { fill: #cf222e }
.ground { fill: #fff; stroke: #d1d9e0 }
.tick { stroke: #d1d9e0 }
.wait { stroke: #656d76; stroke-width: 2; fill: none }
.late { fill: url(#late) }
.deadline { stroke: #cf222e; stroke-dasharray: 4 3 }
.hatch { stroke: #cf222e; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .sign { stroke: #0d1117 }
  .in { fill: #fff; stroke: none }
  .good { fill: #3fb950 }
  .bad { fill: #ff7b72 }
  .ground { fill: #0d1117; stroke: #3d444d }
  .tick { stroke: #3d444d }
  .wait { stroke: #9198a1 }
  .deadline, .hatch { stroke: #ff7b72 }
}`;
const LATE = `<defs><pattern id="late" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern></defs>`;
/** How something that waits is drawn, told apart by its pattern. */
const DASHES: Partial<Record<BarKind, string>> = { delayed: '2 6', queued: '2 3', backoff: '8 4' };

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Text of others as text of XML, which knows neither control characters nor these two. */
const escaped = (text: string): string =>
  printable(text)
    .replace(/[\uFFFE\uFFFF]/g, '')
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');

const shortened = (text: string, columns: number): string => cut(text, { ...UNLIMITED, columns });

const px = (value: number): string => String(Number(value.toFixed(1)));
const textAt = (x: number, y: number, text: string, css = ''): string =>
  `<text${css && ` class="${css}"`} x="${px(x)}" y="${px(y + 5)}">${escaped(text)}</text>`;

export function timelineSvg(timeline: Timeline): string {
  const { operation, engines } = timeline;
  const rows = rowsOf(timeline);
  const period = drawnPeriod(timeline);
  const xOf = (at: Instant): number =>
    LEFT + (Math.max(0, at - period.from) / (period.until - period.from)) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + rows.length * ROW;
  const legend = legendOf(rows, engines, bottom + 20);
  const height = legend.bottom + 10;
  const title = `${operation.stackId}: ${statusOf(operation)}, operation ${operation.operationId}`;
  const deadline = drawnDeadline(timeline);
  const { end } = operation;
  const started = new Date(period.from).toISOString();
  const description = [`from ${started}`, ...(end ? [endText(end)] : []), ...rows.flatMap(rowTexts)].join(
    '; ',
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${px(height)}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(description)}</desc>`,
    `<style>${CSS}</style>`,
    LATE,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${px(height - 1)}" rx="6"/>`,
    textAt(12, 18, shortened(title, (WIDTH - 24) / CHARACTER), 'name'),
    textAt(12, TOP - 28, started.slice(0, 19).replace('T', ' ')),
    ...ticks(period, TICKS).flatMap(({ at, label }) => [
      textAt(xOf(at), TOP - 28, label),
      `<path class="tick" d="M${px(xOf(at))} ${TOP - 16}V${px(bottom - 8)}"/>`,
    ]),
    ...(deadline !== undefined
      ? [`<path class="deadline" d="M${px(xOf(deadline))} ${TOP - 16}V${px(bottom - 8)}"/>`]
      : []),
    ...rows.flatMap((row, n) => rowAt(row, TOP + n * ROW, xOf)),
    ...legend.parts,
    '</svg>\n',
  ].join('\n');
}

const rowTexts = ({ name, bars }: Row): string[] => bars.map(({ text }) => `${name}: ${text}`);

function rowAt({ name, bars, signs }: Row, y: number, xOf: (at: Instant) => number): string[] {
  const most = Math.floor((LEFT - 20) / CHARACTER);
  // A letter stands in its bar, an outcome behind it.
  const shown = signs.filter(({ kind }) => kind !== 'deadline');
  const placed = sideBySide(
    shown.map(({ at }) => xOf(at) + SIGN / 2),
    SIGN,
    WIDTH - SIGN,
  );
  return [
    `<g><title>${escaped(name)}</title>${textAt(12, y, shortened(name, most))}</g>`,
    ...bars.map((bar) => barAt(bar, y, xOf)),
    ...shown.map((sign, n) => signAt(sign, placed[n] as number, y, xOf)),
  ];
}

function barAt(
  { kind, from, until, tone, text, engine }: Bar,
  y: number,
  xOf: (at: Instant) => number,
): string {
  return `<g><title>${escaped(text)}</title>${shape(kind, xOf(from), y, Math.max(2, xOf(until) - xOf(from)), {
    engine,
    tone,
  })}</g>`;
}

function shape(
  kind: BarKind,
  x: number,
  y: number,
  width: number,
  { engine = -1, tone }: Pick<Bar, 'engine' | 'tone'>,
): string {
  const box = (height: number, attributes: string) =>
    `<rect x="${px(x)}" y="${px(y - height / 2)}" width="${px(width)}" height="${height}" rx="2" ${attributes}/>`;
  if (kind === 'attempt') return box(BAR, `fill="${COLOURS[engine % COLOURS.length] ?? '#57606a'}"`);
  if (kind === 'operation')
    return box(6, tone === 'good' || tone === 'bad' ? `class="${tone}"` : 'fill="#848d97"');
  if (kind === 'late') return box(BAR, 'class="late"');
  return `<path class="wait" stroke-dasharray="${DASHES[kind] ?? ''}" d="M${px(x)} ${px(y)}h${px(width)}"/>`;
}

function signAt({ kind, tone, attempt }: Sign, x: number, y: number, xOf: (at: Instant) => number): string {
  if (attempt === undefined) return textAt(x, y, LOOKS[kind].unicode, `sign ${tone}`);
  const full = `${attempt.letter}${attempt.number > 1 ? attempt.number : ''}`;
  const left = x - SIGN / 2 + 4;
  const fits = (text: string) => left + text.length * CHARACTER < xOf(attempt.until);
  // White is read on a bar only.
  const css = fits(attempt.letter) ? 'sign letter in' : 'sign letter';
  return textAt(left, y, fits(full) ? full : attempt.letter, css);
}

function legendOf(rows: readonly Row[], engines: readonly string[], top: number) {
  const width = (WIDTH - 24) / LEGEND_COLUMNS;
  const looks = occurring(rows).filter((kind) => kind !== 'attempt' && kind !== 'engine');
  const entries = [
    ...looks.map((kind) => [sample(kind), LOOKS[kind].meaning] as const),
    ...engines.map((engine, n) => [engineSample(n), `engine ${engine}`] as const),
  ];
  const parts = entries.flatMap(([draw, meaning], n) => {
    const [x, y] = [12 + (n % LEGEND_COLUMNS) * width, top + Math.floor(n / LEGEND_COLUMNS) * ROW];
    const most = Math.floor((width - 50) / CHARACTER);
    return [draw(x, y), textAt(x + 40, y, shortened(meaning, most))];
  });
  return { parts, bottom: top + Math.ceil(entries.length / LEGEND_COLUMNS) * ROW };
}

type Sample = (x: number, y: number) => string;
const BARS: readonly string[] = ['operation', 'delayed', 'queued', 'backoff', 'late'];
const isBar = (kind: BarKind | SignKind): kind is BarKind => BARS.includes(kind);

function sample(kind: BarKind | SignKind): Sample {
  if (isBar(kind)) return (x, y) => shape(kind, x, y, 32, { tone: 'busy' });
  if (kind === 'deadline')
    return (x, y) => `<path class="deadline" d="M${px(x + 16)} ${px(y - 9)}V${px(y + 9)}"/>`;
  return (x, y) => textAt(x + 16, y, LOOKS[kind].unicode, 'sign');
}

const engineSample =
  (engine: number): Sample =>
  (x, y) =>
    shape('attempt', x, y, 32, { engine, tone: 'busy' }) + textAt(x + 16, y, letterOf(engine), 'sign in');
