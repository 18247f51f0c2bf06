import { expect, test } from 'vitest';
import type { ResourceAction, Stack } from '../../../../contract/index.ts';
import type { Chronicle } from '../../../../demo/engines/chronicle.ts';
import { CREATE, DELETE, MAX_ATTEMPTS } from '../../../../demo/engines/plan.ts';
import { judgeEngines, NOTICE_BOUND_SECONDS } from '../../../../demo/engines/verdict.ts';
import { LATENESS_BOUNDS } from '../../../../demo/verdict.ts';
import { entriesOf, type Line } from './entries.ts';
import { LINES, START } from './story.ts';

const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();

const created: Stack = {
  stackId: 'web',
  operationId: CREATE.operationId,
  action: 'CREATE',
  status: 'COMPLETE',
  statusReason: 'All of it is there',
  cause: 'REPORTED',
  startedAt: iso(2),
  deadline: iso(302),
  endedAt: iso(36),
  version: 2,
};
const deleted: Stack = {
  ...created,
  operationId: DELETE.operationId,
  action: 'DELETE',
  status: 'FAILED',
  statusReason: 'Timed out',
  cause: 'TIMEOUT',
  deadline: iso(55),
  endedAt: iso(55.5),
};
const row = (resource: string, attempt: number, engineId: string): ResourceAction => ({
  stackId: 'web',
  operationId: CREATE.operationId,
  resource,
  action: 'CREATE',
  status: 'COMPLETE',
  cause: 'REPORTED',
  statusReason: '',
  attempt,
  maxAttempts: MAX_ATTEMPTS,
  engineId,
  version: 9,
});
const cancelled: ResourceAction = {
  ...row('server', 2, 'B'),
  operationId: DELETE.operationId,
  status: 'FAILED',
  cause: 'CANCELLED',
};
const { cause: _, ...going }: ResourceAction = { ...cancelled, status: 'IN_PROGRESS' };

interface Case {
  readonly without?: (line: Line) => boolean;
  readonly lines?: readonly Line[];
  readonly rows?: readonly ResourceAction[];
  readonly create?: Partial<Stack>;
  readonly remove?: Partial<Stack>;
  readonly left?: ResourceAction;
  readonly chronicle?: Partial<Chronicle>;
}

function judged({
  without = () => false,
  lines = [],
  rows,
  create,
  remove,
  left,
  chronicle,
}: Case): string[] {
  const kept = LINES.filter((line) => !without(line));
  const resources = rows ?? [row('network', 1, 'A'), row('server', 3, 'B')];
  return judgeEngines({
    startedAt: START,
    entries: entriesOf(
      START,
      [...kept, ...lines].toSorted(([a], [b]) => a - b),
    ),
    seen: new Map([
      [CREATE.operationId, { stack: { ...created, ...create }, resources }],
      [DELETE.operationId, { stack: { ...deleted, ...remove }, resources: [left ?? cancelled] }],
    ]),
    resources: ['network', 'server'],
    schedules: [],
    ...chronicle,
  });
}
const saying = (text: string) => (line: Line) => line[2] === text;

test('a story as it should be', () => {
  expect(judged({})).toEqual([]);
});

test('the word of an engine stands for a line of a log that is missing', () => {
  const lines: Line[] = [[8, 'network', 'completed by A']];
  expect(judged({ without: saying('published COMPLETE'), lines })).toEqual([]);
});

test.each<[string, Case, string]>([
  [
    'a death that was noticed late',
    {
      without: ([seconds]) => seconds === 17.1,
      lines: [[12.1 + NOTICE_BOUND_SECONDS, 'server', 'noticed']],
    },
    `server, attempt 1: that engine A was killed was noticed after ${NOTICE_BOUND_SECONDS + 0.1} s; at most`,
  ],
  [
    'work that nobody took over',
    { without: saying('claimed by B, attempt 3'), rows: [row('network', 1, 'A'), row('server', 3, 'B')] },
    'server, attempt 2: no engine took over',
  ],
  [
    'a zombie that was not told',
    { without: saying('C told to stop, attempt 2') },
    'server, attempt 2: engine C was not told to stop',
  ],
  [
    'a zombie that reported nothing: then nothing was shown',
    { without: saying('reported by C: StaleAttempt, attempt 2') },
    'server, attempt 2: engine C did not report it late',
  ],
  [
    'a zombie that was heard',
    { lines: [[29.4, 'server', 'reported by C: accepted, attempt 2']] },
    'server, attempt 2: the late report of engine C was answered accepted',
  ],
  [
    'a zombie that completed the work',
    { rows: [row('network', 1, 'A'), row('server', 2, 'C')] },
    'server, attempt 2: ended with the attempt that had been given away',
  ],
  [
    'a completion by whoever did not have it',
    { rows: [row('network', 1, 'B'), row('server', 3, 'B')] },
    'network: completed by engine B, which did not have attempt 1',
  ],
  [
    'two completions',
    { lines: [[35, 'server', 'published COMPLETE, attempt 4']] },
    'server: ended 2 times, not once',
  ],
  [
    'two engines that completed it',
    {
      lines: [
        [34, 'server', 'completed by B, attempt 3'],
        [35, 'server', 'completed by C, attempt 4'],
      ],
    },
    'server: ended 2 times, not once',
  ],
  [
    'a completion that nobody tells of',
    { without: saying('published COMPLETE') },
    'network: ended 0 times, not once',
  ],
  ['a resource that is missing', { rows: [row('network', 1, 'A')] }, 'server was never dispatched'],
  [
    'too many attempts',
    { rows: [row('network', 1, 'A'), row('server', MAX_ATTEMPTS + 1, 'B')] },
    `server: attempt ${MAX_ATTEMPTS + 1} of at most ${MAX_ATTEMPTS}`,
  ],
  ['a CREATE that failed', { create: { status: 'FAILED', statusReason: 'no' } }, 'CREATE_FAILED: no'],
  [
    'a DELETE that did not time out',
    { remove: { status: 'COMPLETE', cause: 'REPORTED' } },
    'DELETE_COMPLETE, cause REPORTED, not timed out',
  ],
  ['an early timeout', { remove: { endedAt: iso(54.999) } }, 'the DELETE timed out 1 ms before its deadline'],
  [
    'a late timeout',
    { remove: { endedAt: iso(55.001 + LATENESS_BOUNDS.near) } },
    `the DELETE timed out ${LATENESS_BOUNDS.near * 1000 + 1} ms late`,
  ],
  ['a resource action that goes on', { left: going }, 'server of the DELETE: IN_PROGRESS, not CANCELLED'],
  ['a schedule that is left', { chronicle: { schedules: ['s1'] } }, 'the schedule s1 was left'],
  ['a story that got stuck', { chronicle: { stuck: 'two engines start' } }, 'waited in vain: two engines'],
])('%s does not hold', (_, given, reason) => {
  expect(judged(given)).toEqual(expect.arrayContaining([expect.stringContaining(reason)]));
});

test('a death that nobody noticed does not hold, unless the operation ended before it could be', () => {
  const unnoticed = (line: Line) => line[0] === 51;
  expect(judged({ without: unnoticed })).toEqual([
    expect.stringContaining(`/walk, attempt 1: that engine C was killed was noticed after 11.1 s`),
  ]);
  expect(judged({ without: (line) => unnoticed(line) || line[0] === 56.2 })).toEqual([
    '/walk, attempt 1: nobody noticed that engine C was killed',
  ]);
});
