/** What the terminal and the SVG draw of a timeline: rows of bars and of marks. Pure. */
import { drawnDeadline } from './axis.ts';
import type { End, Instant, Lane, Mark, OperationSpan, Outcome, Segment, Timeline } from './timeline.ts';
import { endText, segmentText } from './words.ts';

/** How a thing is to be seen. No meaning rests on it alone. */
export type Tone = 'good' | 'bad' | 'busy' | 'quiet';

export type BarKind = 'operation' | Segment['kind'] | 'late';
export interface Bar {
  readonly kind: BarKind;
  readonly from: Instant;
  readonly until: Instant;
  readonly tone: Tone;
  /** In words, with text of others in them. */
  readonly text: string;
  /** Of an attempt: the index of its engine. */
  readonly engine?: number | undefined;
}

export type SignKind =
  | Exclude<Outcome['kind'], 'running'>
  | 'noEngine'
  | 'offered'
  | 'cutOff'
  | 'goingOn'
  | 'deadline'
  | 'engine';
/** A character at a moment. */
export interface Sign {
  readonly kind: SignKind;
  readonly at: Instant;
  readonly tone: Tone;
  /** Of an attempt: the letter of its engine, its number, and when its bar ends. */
  readonly attempt?: { readonly letter: string; readonly number: number; readonly until: Instant };
}

export interface Row {
  readonly name: string;
  readonly bars: readonly Bar[];
  /** In order of time. */
  readonly signs: readonly Sign[];
}

interface Look {
  readonly unicode: string;
  readonly ascii: string;
  readonly meaning: string;
}
/** Letters are engines; so a sign is none but in lower case. */
export const LOOKS: Readonly<Record<BarKind | SignKind, Look>> = {
  operation: { unicode: '━', ascii: '=', meaning: 'operation in progress' },
  delayed: { unicode: '╌', ascii: '-', meaning: 'delayed' },
  queued: { unicode: '·', ascii: '.', meaning: 'waits for an engine' },
  attempt: { unicode: '█', ascii: '#', meaning: 'an engine works' },
  backoff: { unicode: '~', ascii: '~', meaning: 'waits for the next attempt' },
  late: { unicode: '▒', ascii: '%', meaning: 'late' },
  engine: { unicode: 'A2', ascii: 'A2', meaning: 'engine A begins attempt 2' },
  completed: { unicode: '✓', ascii: 'o', meaning: 'COMPLETE' },
  failed: { unicode: '✗', ascii: 'x', meaning: 'failed' },
  timedOut: { unicode: 't', ascii: 't', meaning: 'timed out' },
  engineLost: { unicode: '!', ascii: '!', meaning: 'engine lost' },
  noEngine: { unicode: 'n', ascii: 'n', meaning: 'no engine claimed it' },
  released: { unicode: 'r', ascii: 'r', meaning: 'released by its engine' },
  cancelled: { unicode: '/', ascii: '/', meaning: 'cancelled' },
  unknown: { unicode: '?', ascii: '?', meaning: 'ended, entry missing' },
  offered: { unicode: '+', ascii: '+', meaning: 'offered again' },
  cutOff: { unicode: '←', ascii: '<', meaning: 'began earlier' },
  goingOn: { unicode: '→', ascii: '>', meaning: 'in progress' },
  deadline: { unicode: '┊', ascii: ':', meaning: 'deadline of the operation' },
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** The letter of an engine, by its index. Engines beyond the alphabet share one sign. */
export const letterOf = (engine: number): string => LETTERS[engine] ?? '*';

/** The operation's row, then one for each lane. */
export function rowsOf(timeline: Timeline): Row[] {
  return [operationRow(timeline), ...timeline.lanes.map((lane) => laneRow(lane, timeline.engines))];
}

function operationRow(timeline: Timeline): Row {
  const { operation, from, until } = timeline;
  const { startedAt, end } = operation;
  const tone = toneOfEnd(end);
  const bar = { from: startedAt ?? from, until: end?.at ?? until };
  const deadline = drawnDeadline(timeline);
  // One that is in progress after its deadline is late already.
  const latenessMs = end ? end.latenessMs : deadline && until - deadline;
  const signs: Sign[] = [
    ...(startedAt === undefined ? [{ kind: 'cutOff', at: from, tone: 'quiet' } as const] : []),
    ...(deadline === undefined ? [] : [{ kind: 'deadline', at: deadline, tone: 'bad' } as const]),
    { kind: end ? signOfEnd(end) : 'goingOn', at: bar.until, tone },
  ];
  return {
    name: 'operation',
    bars: [
      { kind: 'operation', ...bar, tone, text: operationText(operation) },
      ...(latenessMs === undefined ? [] : lateMark({ at: bar.until - latenessMs, latenessMs })),
    ],
    signs: signs.toSorted((a, b) => a.at - b.at),
  };
}

const operationText = ({ operationId, end }: OperationSpan): string =>
  `operation ${operationId}${end ? `: ${endText(end)}` : ', in progress'}`;

function laneRow({ resource, segments, marks, end }: Lane, engines: readonly string[]): Row {
  const indexOf = (segment: Segment) =>
    segment.kind === 'attempt' && segment.engineId !== undefined
      ? engines.indexOf(segment.engineId)
      : undefined;
  const bars = segments.map((segment): Bar => {
    const { kind, from, until } = segment;
    return { kind, from, until, tone: toneOf(segment), text: segmentText(segment), engine: indexOf(segment) };
  });
  const late = marks.filter((one) => one.kind === 'deadline').flatMap(lateMark);
  return {
    name: resource,
    bars: [...bars, ...late],
    signs: [
      ...segments.flatMap((one) => signsOf(one, indexOf(one))),
      ...marks.flatMap(signOfMark),
      ...(end && segments.at(-1)?.kind !== 'attempt'
        ? [{ kind: signOfEnd(end), at: end.at, tone: toneOfEnd(end) }]
        : []),
    ].toSorted((a, b) => a.at - b.at),
  };
}

const signOfMark = (mark: Mark): Sign[] =>
  mark.kind === 'offered' ? [{ kind: 'offered', at: mark.at, tone: 'quiet' }] : [];

function signsOf(segment: Segment, engine: number | undefined): Sign[] {
  const { from, until, cutOff, open } = segment;
  const tone = toneOf(segment);
  const letter = engine === undefined ? '?' : letterOf(engine);
  const signs: Sign[] = [];
  if (cutOff) signs.push({ kind: 'cutOff', at: from, tone: 'quiet' });
  if (segment.kind === 'attempt')
    signs.push({ kind: 'engine', at: from, tone, attempt: { letter, number: segment.attempt, until } });
  if (open) signs.push({ kind: 'goingOn', at: until, tone });
  if (segment.kind === 'attempt' && segment.outcome.kind !== 'running')
    signs.push({ kind: segment.outcome.kind, at: until, tone });
  return signs;
}

const lateMark = ({ at, latenessMs }: { at: Instant; latenessMs: number }): Bar[] =>
  latenessMs > 0
    ? [{ kind: 'late', from: at, until: at + latenessMs, tone: 'bad', text: LOOKS.late.meaning }]
    : [];

const TONES: Readonly<Record<Outcome['kind'], Tone>> = {
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  timedOut: 'bad',
  engineLost: 'bad',
  released: 'quiet',
  cancelled: 'quiet',
  unknown: 'quiet',
};
const toneOf = (segment: Segment): Tone =>
  segment.kind === 'attempt' ? TONES[segment.outcome.kind] : 'quiet';

function toneOfEnd(end: End | undefined): Tone {
  if (end === undefined) return 'busy';
  if (end.cause === 'CANCELLED' || end.cause === 'SUPERSEDED') return 'quiet';
  return end.status === 'COMPLETE' ? 'good' : 'bad';
}

function signOfEnd({ status, cause }: End): SignKind {
  if (status === 'COMPLETE') return 'completed';
  if (cause === 'TIMEOUT') return 'timedOut';
  if (cause === 'NO_ENGINE') return 'noEngine';
  return cause === 'CANCELLED' || cause === 'SUPERSEDED' ? 'cancelled' : 'failed';
}

/** The bars and signs that occur, in the order of LOOKS. */
export function occurring(rows: readonly Row[]): (BarKind | SignKind)[] {
  const seen = new Set<string>(
    rows.flatMap(({ bars, signs }) => [...bars, ...signs].map(({ kind }) => kind)),
  );
  return (Object.keys(LOOKS) as (BarKind | SignKind)[]).filter((kind) => seen.has(kind));
}

/**
 * Positions at which none covers another: moved to the right, or where the room ends to the left.
 * @param positions in ascending order.
 */
export function sideBySide(positions: readonly number[], gap: number, last: number): number[] {
  const placed: number[] = [];
  for (const one of positions) placed.push(Math.max(one, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + gap));
  let most = last;
  for (let n = placed.length - 1; n >= 0; n--) {
    placed[n] = Math.min(placed[n] as number, most);
    most = (placed[n] as number) - gap;
  }
  return placed;
}
