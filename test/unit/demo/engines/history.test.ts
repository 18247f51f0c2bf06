import { expect, test } from 'vitest';
import { heldBy, lossesOf } from '../../../../demo/engines/history.ts';
import { entriesOf, type Line } from './entries.ts';
import { ENTRIES, START } from './story.ts';

const BEGIN: Line = [0, 'create-1', 'CREATE begins'];
const history = (...lines: Line[]) => entriesOf(START, [BEGIN, ...lines]);
const names = (engine: string, ...lines: Line[]) =>
  heldBy(engine, history(...lines)).map(({ resource, attempt }) => `${resource} ${attempt}`);

test.each<[string, Line[], string[]]>([
  ['what it has claimed', [[1, 'server', 'claimed by A']], ['server 1']],
  [
    'nothing that is done',
    [
      [1, 'server', 'claimed by A'],
      [2, 'server', 'COMPLETE'],
    ],
    [],
  ],
  [
    'nothing that it was declared lost for',
    [
      [1, 'server', 'claimed by A'],
      [2, 'server', 'noticed'],
    ],
    [],
  ],
  [
    'nothing that another engine has',
    [
      [1, 'server', 'claimed by A'],
      [2, 'server', 'claimed by B, attempt 2'],
    ],
    [],
  ],
])('an engine holds %s', (_, lines, held) => {
  expect(names('A', ...lines)).toEqual(held);
});

test('each death costs the attempts that the engine had, and is known and made good at some time', () => {
  const lines = lossesOf(ENTRIES).map(({ operationId, resource, attempt, engine, how, at, ...fate }) => [
    `${operationId} ${resource} ${attempt}: ${engine} ${how}`,
    (at - START) / 1000,
    fate.noticedAt && (fate.noticedAt - START) / 1000,
    fate.next && `${fate.next.attempt} on ${fate.next.engine}`,
  ]);
  expect(lines).toEqual([
    ['create-1 server 1: A killed', 12, 17.1, '2 on C'],
    ['create-1 server 2: C stopped', 21, 26, '3 on B'],
    ['delete-1 server 1: B killed', 45, 50, undefined],
    ['delete-1 /walk 1: C killed', 45.1, 51, undefined],
  ]);
});

test('work that was completed before the engine could say so is not lost', () => {
  const entries = history(
    [1, 'server', 'claimed by A'],
    [2, 'A', 'killed'],
    [1.999, 'server', 'COMPLETE'],
    [2.001, 'network', 'COMPLETE'],
  );
  expect(lossesOf(entries)).toEqual([]);
  const late = history([1, 'server', 'claimed by A'], [2, 'A', 'killed'], [2.001, 'server', 'COMPLETE']);
  expect(lossesOf(late)).toEqual([]);
});
