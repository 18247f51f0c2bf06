import { expect, test } from 'vitest';
import type { ResourceAction } from '../../../../contract/index.ts';
import { createJournal } from '../../../../demo/engines/journal.ts';
import { createMissedNotices } from '../../../../demo/engines/missed-notices.ts';
import { entriesOf, type Line } from './entries.ts';
import { START } from './story.ts';

const row = (attempt: number) =>
  ({ operationId: 'create-1', resource: 'server', attempt }) as Partial<ResourceAction> as ResourceAction;

/** Looks at a row again and again, after a story; the notices then known, in seconds from the start. */
function noticesAfter(attempt: number, looks: readonly number[], ...lines: Line[]): number[] {
  const journal = createJournal();
  for (const entry of entriesOf(START, [[0, 'create-1', 'CREATE begins'], ...lines])) journal.add(entry);
  let seconds = 0;
  const missed = createMissedNotices(() => START + seconds * 1000);
  for (seconds of looks) missed.look(row(attempt), journal);
  return journal.entries.filter(({ kind }) => kind === 'noticed').map(({ at }) => (at - START) / 1000);
}

test('a first attempt says nothing', () => {
  expect(noticesAfter(1, [10, 20])).toEqual([]);
});

test('the log is waited for', () => {
  expect(noticesAfter(2, [10, 12.9])).toEqual([]);
  expect(noticesAfter(2, [10, 13.1, 14])).toEqual([10]);
});

test('what the log has told is not told again', () => {
  expect(noticesAfter(2, [10, 14], [9.8, 'server', 'noticed'])).toEqual([9.8]);
});

test('the next attempt was claimed after the notice, whenever the row was seen', () => {
  expect(noticesAfter(2, [10, 14], [9.9, 'server', 'claimed by B, attempt 2'])).toEqual([9.899]);
});

test('a line of the log that comes late is known to say the same, and one of a later attempt is not', () => {
  const journal = createJournal();
  let seconds = 10;
  const missed = createMissedNotices(() => START + seconds * 1000);
  missed.look(row(2), journal);
  seconds = 14;
  missed.look(row(2), journal);
  const notice = (at: number) =>
    ({ at: START + at * 1000, kind: 'noticed', operationId: 'create-1', resource: 'server' }) as const;
  expect(missed.wasInferred(notice(9.7))).toBe(true);
  expect(missed.wasInferred(notice(16))).toBe(false);
  expect(missed.wasInferred({ ...notice(9.7), resource: 'network' })).toBe(false);
});
