import { expect, test } from 'vitest';
import { createJournal } from '../../../../demo/engines/journal.ts';
import { createNarrator } from '../../../../demo/engines/narrator.ts';
import { ENTRIES, START } from './story.ts';

function telling(now: () => number) {
  const told: string[] = [];
  const view = {
    startedAt: START,
    event: (text: string, at = 0) => told.push(`${(at - START) / 1000} ${text}`),
    draw() {},
    close() {},
  };
  const journal = createJournal();
  return { told, journal, narrator: createNarrator(view, journal, new Map([['A', 7]]), now) };
}

test('the story in words, in the order of time, however it came to be known', () => {
  const { told, journal, narrator } = telling(() => 0);
  for (const entry of ENTRIES.toReversed()) journal.add(entry);
  narrator.end();
  expect(told).toEqual([
    '0.2 engine A starts, process 7',
    '0.9 engine B starts, process undefined',
    '2 CREATE of stack web starts, deadline 12:00:17',
    '4 engine B works on /walk',
    '6 engine A works on network',
    '8 network is COMPLETE',
    '9 engine A works on server',
    '12 engine A: killed (SIGKILL) in the middle of server',
    '13 engine C starts, process undefined',
    '17.1 server: engine A declared lost, 5.1 s after it was killed',
    '19 engine C works on server, attempt 2',
    '21 engine C: stopped (SIGSTOP) in the middle of server',
    '26 server: engine C declared lost, 5.0 s after it was stopped',
    '27.5 engine B works on server, attempt 3',
    '29 engine C: continued (SIGCONT), unaware of what has happened meanwhile',
    '29.2 engine C is told to stop working on server, attempt 2',
    '29.3 engine C reports server as done: StaleAttempt, attempt 3 is on engine B',
    '34 server is COMPLETE, by attempt 3',
    '36 stack web is CREATE_COMPLETE: All of it is there',
    '36.1 /walk ends with its operation',
    '40 DELETE of stack web starts, deadline 12:00:55',
    '41 engine C works on /walk',
    '42 engine B works on server',
    '45 engine B: killed (SIGKILL) in the middle of server',
    '45.1 engine C: killed (SIGKILL) in the middle of /walk; no engine is alive',
    '50 server: engine B declared lost, 5.0 s after it was killed',
    '51 /walk: engine C declared lost, 5.9 s after it was killed',
    '55.5 stack web is DELETE_FAILED: Timed out, 0.5 s after its deadline',
    '56.1 server ends with its operation',
    '56.2 /walk ends with its operation',
  ]);
});

test('what has just happened waits for what may have happened before, and is told once', () => {
  let now = START + 2100;
  const { told, journal, narrator } = telling(() => now);
  const [first, second] = ENTRIES;
  if (!first || !second) throw new Error('there is no story');
  journal.add(second);
  narrator.tell();
  expect(told).toEqual([]);
  journal.add(first);
  now += 500;
  narrator.tell();
  narrator.tell();
  narrator.end();
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('engine A starts');
});
