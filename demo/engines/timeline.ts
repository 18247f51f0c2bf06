/** Who worked on what, when it died, and when that was noticed: a picture in plain characters. */
import { axis, type Bar, createBar, scaleFor } from './bars.ts';
import { type Entry, inOrder } from './journal.ts';

export interface TimelineOptions {
  /** Where the time begins; milliseconds since 1970. */
  readonly startedAt: number;
  /** How far it goes. */
  readonly until: number;
  /** The widest that a line may be. */
  readonly columns: number;
  /**
   * Colours a run of the same character.
   * @default none
   */
  readonly paint?: (character: string, run: string) => string;
}

const MARK = {
  killed: 'X',
  continued: 'c',
  toldToStop: 's',
  noticed: '!',
  complete: 'o',
  timedOut: 'T',
  endedWithOperation: '/',
  failed: 'f',
} as const;
const FILL = { process: '=', stopped: 'z', dead: '.', waiting: '-' } as const;

export const LEGEND = [
  'A B C  engine at work   2 3  attempt after the first   -  waits for an engine',
  'X  killed   .  dead, not noticed   !  noticed: declared lost   s  told to stop',
  'z  stopped (SIGSTOP)   c  continued (SIGCONT)   o  COMPLETE   f  FAILED',
  'T  timed out   /  ends with its operation',
];

/** Lines without spaces at their ends; the legend is not among them. */
export function timeline(entries: readonly Entry[], options: TimelineOptions): string[] {
  const { startedAt, until, columns, paint = (_, run) => run } = options;
  const { engines, operations, resources } = barsOf(inOrder(entries));
  const bars = [...engines, operations, ...resources];
  const labelWidth = Math.max(...bars.map(({ label }) => label.length)) + 2;
  const scale = scaleFor(startedAt, until, columns - labelWidth);
  const line = (label: string, text: string) => `${label.padEnd(labelWidth)}${text}`;
  // The letters of an action are no engines.
  const painted = (bar: Bar, text: string) => (bar === operations ? text : colour(text, paint));
  const [seconds, ticks] = axis(scale, until);
  return [
    line('seconds', seconds),
    line('', ticks),
    ...bars.map((bar) => line(bar.label, painted(bar, bar.draw(scale, until).join('').trimEnd()))),
  ];
}

function colour(text: string, paint: (character: string, run: string) => string): string {
  const runs = text.matchAll(/(.)\1*/g);
  return [...runs].map(([run, character = '']) => (character === ' ' ? run : paint(character, run))).join('');
}

interface Bars {
  readonly engines: readonly Bar[];
  readonly operations: Bar;
  readonly resources: readonly Bar[];
}

function barsOf(entries: readonly Entry[]): Bars {
  const engines = new Map<string, Bar>();
  const resources = new Map<string, Bar>();
  const operations = createBar('operation');
  /** The engine of each resource that one works on, alive or not. */
  const holders = new Map<Bar, string>();
  const barOf = (bars: Map<string, Bar>, key: string, label: string): Bar => {
    const bar = bars.get(key) ?? createBar(label);
    bars.set(key, bar);
    return bar;
  };
  const letGo = (bar: Bar, at: number, fill?: string) => {
    holders.delete(bar);
    bar.turn(at, fill);
  };

  for (const entry of entries) {
    const { at } = entry;
    if ('engine' in entry) barOf(engines, entry.engine, `engine ${entry.engine}`);
    const bar = 'resource' in entry ? barOf(resources, entry.resource, entry.resource) : operations;
    switch (entry.kind) {
      case 'engine': {
        const heldBars = [...holders].filter(([, engine]) => engine === entry.engine).map(([held]) => held);
        toEngine(barOf(engines, entry.engine, ''), heldBars, entry);
        break;
      }
      case 'work':
        if (entry.did === 'claimed') {
          letGo(bar, at, entry.engine);
          holders.set(bar, entry.engine);
          if (entry.attempt > 1) bar.mark(at, entry.attempt > 9 ? '+' : String(entry.attempt));
        } else if (entry.did === 'toldToStop') {
          barOf(engines, entry.engine, '').mark(at, MARK.toldToStop);
        }
        break;
      case 'noticed':
        letGo(bar, at, FILL.waiting);
        bar.mark(at, MARK.noticed);
        break;
      case 'published':
        if (entry.phase === 'QUEUED' && !holders.has(bar) && bar.fill === undefined)
          bar.turn(at, FILL.waiting);
        break;
      case 'resourceEnded':
        letGo(bar, at);
        bar.mark(
          at,
          endMark(entry.status, entry.cause === 'CANCELLED' ? MARK.endedWithOperation : undefined),
        );
        break;
      case 'operationStarted':
        operations.turn(at, FILL.process);
        for (const [index, letter] of [...entry.action].entries()) operations.mark(at + index, letter);
        break;
      case 'operationEnded':
        operations.turn(at);
        operations.mark(at, endMark(entry.status, entry.cause === 'TIMEOUT' ? MARK.timedOut : undefined));
        break;
      case 'lateReport':
        break;
    }
  }
  const byName = [...engines.values()].toSorted((a, b) => a.label.localeCompare(b.label));
  return { engines: byName, operations, resources: [...resources.values()] };
}

const endMark = (status: string, failed: string = MARK.failed): string =>
  status === 'COMPLETE' ? MARK.complete : failed;

function toEngine(
  bar: Bar,
  held: readonly Bar[],
  { at, engine, did }: Extract<Entry, { kind: 'engine' }>,
): void {
  switch (did) {
    case 'started':
      bar.turn(at, FILL.process);
      return;
    case 'killed':
      bar.turn(at);
      bar.mark(at, MARK.killed);
      for (const one of held) {
        one.turn(at, FILL.dead);
        one.mark(at, MARK.killed);
      }
      return;
    case 'stopped':
      for (const one of [bar, ...held]) one.turn(at, FILL.stopped);
      return;
    case 'continued':
      bar.turn(at, FILL.process);
      bar.mark(at, MARK.continued);
      for (const one of held) one.turn(at, engine);
      return;
  }
}
