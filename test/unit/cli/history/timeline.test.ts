import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Lane,
  type Segment,
  type TimelineOptions,
  timelineOf,
} from '../../../../cli/history/timeline.ts';
import type { HistoryEntry, Stack } from '../../../../contract/index.ts';
import {
  at,
  cancelled,
  claimed,
  completed,
  dispatched,
  ENTRIES,
  entry,
  iso,
  lost,
  operationTimedOut,
  resource,
  retried,
  START,
  started,
  steps,
  timeline,
} from './entries.ts';

const seconds = (time: number): number => (time - START) / 1000;

/** `queued#2 12-14`; `<` cut off, `>` going on. */
function inShort(segment: Segment): string {
  const number = 'attempt' in segment ? `#${segment.attempt}` : '';
  const engine = segment.kind === 'attempt' && segment.engineId ? ` ${segment.engineId}` : '';
  const outcome = segment.kind === 'attempt' ? ` ${segment.outcome.kind}` : '';
  const period = `${segment.cutOff ? '<' : ''}${seconds(segment.from)}-${seconds(segment.until)}${segment.open ? '>' : ''}`;
  return `${segment.kind}${number}${engine} ${period}${outcome}`;
}

const segmentsOf = (lane: Lane | undefined): string[] | undefined => lane?.segments.map(inShort);

const firstLane = (entries: readonly HistoryEntry[], options: Partial<TimelineOptions> = {}) =>
  timeline(entries, options).lanes[0] as Lane;

const stack = (fields: Partial<Stack> = {}): Stack => ({
  stackId: 'web',
  operationId: 'op-1',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  startedAt: iso(0),
  deadline: iso(60),
  version: 1,
  ...fields,
});

describe('an operation that has ended', () => {
  test('has its start, deadline and end, and a lane for each resource action', () => {
    const { operation, lanes, engines, from, until, complete } = timeline(ENTRIES);
    expect(operation).toEqual({
      stackId: 'web',
      operationId: 'op-1',
      action: 'CREATE',
      startedAt: at(0),
      deadline: at(60),
      end: { at: at(65), status: 'FAILED', cause: 'TIMEOUT', reason: 'Timed out', latenessMs: 5000 },
    });
    expect({ from, until, complete, engines }).toEqual({
      from: at(0),
      until: at(66),
      complete: true,
      engines: ['engine-1', 'engine-2', 'engine-3'],
    });
    expect(lanes.map(({ resource: name }) => name)).toEqual([
      'database-with-a-name-of-considerable-length',
      'server',
    ]);
    expect(lanes.map(segmentsOf)).toEqual([
      ['delayed 1-11', 'queued#1 11-20', 'attempt#1 engine-1 20-50 completed'],
      [
        'queued#1 1-2',
        'attempt#1 engine-1 2-12 engineLost',
        'backoff#1 12-14',
        'queued#2 14-15',
        'attempt#2 engine-2 15-35 timedOut',
        'queued#3 35-36',
        'attempt#3 engine-3 36-66 cancelled',
      ],
    ]);
  });

  test('tells of each attempt how it ended, and marks what was reached and lost', () => {
    const server = timeline(ENTRIES).lanes[1] as Lane;
    expect(server.segments[4]).toMatchObject({
      deadline: at(600),
      outcome: { kind: 'timedOut', reason: 'Timed out', timeout: 'START_TO_CLOSE', latenessMs: 3000 },
    });
    expect(server.marks).toEqual([
      { kind: 'deadline', at: at(11.7), timeout: 'HEARTBEAT', latenessMs: 300 },
      { kind: 'engineLost', at: at(12), attempt: 1, engineId: 'engine-1' },
      { kind: 'retry', at: at(14), attempt: 2 },
      { kind: 'deadline', at: at(32), timeout: 'START_TO_CLOSE', latenessMs: 3000 },
      { kind: 'retry', at: at(35), attempt: 3 },
    ]);
    expect(server.end).toMatchObject({ at: at(66), status: 'FAILED', cause: 'CANCELLED' });
  });

  test('is the same whatever the order of the entries, and however often one is there', () => {
    const once = timeline(ENTRIES);
    const any = fc.shuffledSubarray([...ENTRIES, ...ENTRIES], {
      minLength: 2 * ENTRIES.length,
      maxLength: 2 * ENTRIES.length,
    });
    fc.assert(
      fc.property(any, (some) => {
        expect(timeline(some)).toEqual(once);
      }),
    );
  });
});

/** What each change of a resource action begins and ends. */
const CASES: readonly (readonly [string, HistoryEntry[], string[]])[] = [
  [
    'a reported failure waits for the next attempt',
    steps(
      'server',
      [1, dispatched],
      [2, claimed(1, 'a')],
      [5, { transition: 'COMPLETE', phase: 'BACKOFF', engineId: 'a', cause: 'REPORTED' }],
    ),
    ['queued#1 1-2', 'attempt#1 a 2-5 failed', 'backoff#1 5-100>'],
  ],
  [
    'a reported failure for good',
    steps(
      'server',
      [1, dispatched],
      [2, claimed(1, 'a')],
      [5, { transition: 'COMPLETE', status: 'FAILED', engineId: 'a', cause: 'REPORTED' }],
    ),
    ['queued#1 1-2', 'attempt#1 a 2-5 failed'],
  ],
  [
    'a released attempt is offered under the same number',
    steps(
      'server',
      [1, dispatched],
      [2, claimed(1, 'a')],
      [5, { transition: 'RELEASE', phase: 'QUEUED', engineId: 'a' }],
      [6, claimed(1, 'b')],
    ),
    ['queued#1 1-2', 'attempt#1 a 2-5 released', 'queued#1 5-6', 'attempt#1 b 6-100> running'],
  ],
  [
    'what is offered again goes on waiting',
    steps('server', [1, dispatched], [61, { transition: 'OFFER', phase: 'QUEUED' }]),
    ['queued#1 1-100>'],
  ],
  [
    'a restored table tells of a running attempt again',
    steps(
      'server',
      [1, dispatched],
      [2, claimed(1, 'a')],
      [2, { ...claimed(1, 'a'), transition: 'HEARTBEAT' }],
      [9, completed(1, 'a')],
    ),
    ['queued#1 1-2', 'attempt#1 a 2-9 completed'],
  ],
  [
    'no engine claimed it',
    steps('server', [1, dispatched], [31, { transition: 'NO_ENGINE', status: 'FAILED', cause: 'NO_ENGINE' }]),
    ['queued#1 1-31'],
  ],
  [
    'it was cancelled by request',
    steps(
      'server',
      [1, dispatched],
      [2, claimed(1, 'a')],
      [3, { ...cancelled, transition: 'CANCEL_RESOURCE' }],
    ),
    ['queued#1 1-2', 'attempt#1 a 2-3 cancelled'],
  ],
  [
    'all of it in one millisecond',
    steps('server', [1, dispatched], [1, claimed(1, 'a')], [1, completed(1, 'a')]),
    ['queued#1 1-1', 'attempt#1 a 1-1 completed'],
  ],
  [
    'clocks disagree: the version decides',
    steps('server', [1, dispatched], [5, claimed(1, 'a')], [4, completed(1, 'a')]),
    ['queued#1 1-5', 'attempt#1 a 5-5 completed'],
  ],
  [
    'an entry is missing',
    [
      ...steps('server', [1, dispatched], [2, claimed(1, 'a')]),
      entry(9, { resource: 'server', version: 7, ...claimed(2, 'b') }),
    ],
    ['queued#1 1-2', 'attempt#1 a 2-9 unknown', 'attempt#2 b 9-100> running'],
  ],
];

test.each(CASES)('%s', (_, entries, expected) => {
  expect(segmentsOf(firstLane([started, ...entries]))).toEqual(expected);
});

test('an offer is marked', () => {
  const { marks } = firstLane([
    started,
    ...steps('server', [1, dispatched], [61, { transition: 'OFFER', phase: 'QUEUED' }]),
  ]);
  expect(marks).toEqual([{ kind: 'offered', at: at(61), attempt: 1 }]);
});

/** The first entry that was read, and what it shows of the time before. */
const CUTS: readonly (readonly [string, HistoryEntry, string[]])[] = [
  [
    'QUEUE',
    entry(30, { transition: 'QUEUE', phase: 'QUEUED', attempt: 1 }),
    ['delayed <20-30', 'queued#1 30-100>'],
  ],
  ['CLAIM', entry(30, claimed(1, 'a')), ['queued#1 <20-30', 'attempt#1 a 30-100> running']],
  ['RETRY', entry(30, retried(2)), ['backoff#1 <20-30', 'queued#2 30-100>']],
  ['OFFER', entry(30, { transition: 'OFFER', phase: 'QUEUED', attempt: 2 }), ['queued#2 <20-100>']],
  ['ENGINE_LOST', entry(30, lost(1, 'a')), ['attempt#1 a <20-30 engineLost', 'backoff#1 30-100>']],
  ['COMPLETE', entry(30, completed(2, 'a')), ['attempt#2 a <20-30 completed']],
  ['CANCEL', entry(30, cancelled), []],
];

test.each(CUTS)('entries that begin with %s tell what was before', (_, first, expected) => {
  const earlier = entry(20, { resource: 'other', ...dispatched });
  const found = timeline([earlier, { ...first, resource: 'server' }]);
  expect(segmentsOf(found.lanes[1])).toEqual(expected);
  expect(found).toMatchObject({ from: at(20), complete: false });
  expect(found.operation).toEqual({ stackId: 'web', operationId: 'op-1' });
});

describe('entries of several operations', () => {
  const next = entry(70, { operationId: 'op-2', action: 'DELETE', transition: 'START', version: 3 });
  const left = entry(71, { ...cancelled, resource: 'late', version: 9 });

  test('the newest operation is chosen, though an entry of an earlier one is newer', () => {
    expect(timeline([...ENTRIES, next, left])).toMatchObject({
      operation: { operationId: 'op-2', action: 'DELETE' },
      lanes: [],
    });
  });

  test('at the same time, the version decides: an operation that supersedes another', () => {
    const superseded = {
      ...operationTimedOut,
      at: iso(70),
      transition: 'SUPERSEDE',
      cause: 'SUPERSEDED',
    } as const;
    const found = timeline([next, superseded, started]);
    expect(found.operation.operationId).toBe('op-2');
  });

  test('or the one asked for', () => {
    const found = timeline([...ENTRIES, next, left], { operationId: 'op-1' });
    expect(found.lanes).toHaveLength(3);
    expect(found.operation.end?.cause).toBe('TIMEOUT');
  });

  test('one that nothing tells of has no timeline', () => {
    expect(timelineOf(ENTRIES, { now: at(100), operationId: 'op-9', stack: stack() })).toBeUndefined();
    expect(timelineOf([], { now: at(100) })).toBeUndefined();
  });
});

describe('with the current state', () => {
  const running = [started, ...steps('server', [1, dispatched], [2, claimed(1, 'a')])];

  test('the deadline is the extended one, and a running attempt says when its engine was heard', () => {
    const live = resource({
      phase: 'RUNNING',
      engineId: 'a',
      phaseStartedAt: iso(2),
      lastHeartbeatAt: iso(95),
    });
    const found = timeline(running, { stack: stack({ deadline: iso(600) }), resources: [live] });
    expect(found.operation.deadline).toBe(at(600));
    expect(found.lanes[0]?.segments[1]).toMatchObject({
      lastHeartbeatAt: at(95),
      open: true,
      until: at(100),
    });
  });

  test('what is ahead of the entries is shown', () => {
    const live = resource({ attempt: 2, phase: 'QUEUED', phaseStartedAt: iso(40), cause: 'ENGINE_LOST' });
    expect(segmentsOf(firstLane(running, { resources: [live] }))).toEqual([
      'queued#1 1-2',
      'attempt#1 a 2-40 engineLost',
      'queued#2 40-100>',
    ]);
  });

  test('what the entries tell already is not shown twice', () => {
    const live = resource({ attempt: 2, phase: 'QUEUED', phaseStartedAt: iso(40), cause: 'ENGINE_LOST' });
    const entries = [
      started,
      ...steps('server', [1, dispatched], [2, claimed(1, 'a')], [30, lost(1, 'a')], [40, retried(2)]),
    ];
    expect(firstLane(entries, { resources: [live] })).toEqual(firstLane(entries));
  });

  test('without a history there is what is going on', () => {
    const live = resource({ attempt: 2, phase: 'BACKOFF', phaseStartedAt: iso(40), retryAt: iso(120) });
    const found = timeline([], { stack: stack(), resources: [live] });
    expect(found).toMatchObject({ from: at(0), until: at(100), complete: false });
    expect(found.lanes[0]?.segments).toEqual([
      {
        kind: 'backoff',
        from: at(40),
        until: at(100),
        cutOff: false,
        open: true,
        attempt: 2,
        retryAt: at(120),
      },
    ]);
  });

  test('the end of an operation without an entry is that of the stack', () => {
    const ended = stack({ status: 'FAILED', cause: 'TIMEOUT', statusReason: 'Timed out', endedAt: iso(61) });
    expect(timeline(running, { stack: ended })).toMatchObject({
      operation: { end: { at: at(61), cause: 'TIMEOUT', latenessMs: 1000 } },
      until: at(61),
    });
  });

  test('that of another operation is not used', () => {
    const other = {
      stack: stack({ operationId: 'op-2', deadline: iso(900) }),
      resources: [resource({ operationId: 'op-2' })],
    };
    expect(timeline(running, other)).toEqual(timeline(running));
  });
});

test('an operation of 100 resource actions with 3 attempts each', () => {
  const many = Array.from({ length: 100 }, (_, n) =>
    steps(
      `r-${n}`,
      [1, dispatched],
      [2, claimed(1, `e-${n}`)],
      [3, lost(1, `e-${n}`)],
      [4, retried(2)],
      [5, claimed(2, 'b')],
      [6, lost(2, 'b')],
      [7, retried(3)],
      [8, claimed(3, 'c')],
      [9, completed(3, 'c')],
    ),
  ).flat();
  const { lanes, engines } = timeline([started, ...many].reverse());
  expect(lanes).toHaveLength(100);
  expect(new Set(lanes.map((one) => one.segments.length))).toEqual(new Set([8]));
  expect(engines).toHaveLength(102);
});
