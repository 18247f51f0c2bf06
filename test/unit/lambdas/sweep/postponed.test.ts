import { expect, test } from 'vitest';
import { Postponed } from '../../../../lambdas/sweep/postponed.ts';

const entry = (stackId: string, dueAt = 1) => ({ stackId, dueAt });

test('a stack whose turn did not come is put off again', () => {
  const postponed = new Postponed(['a', 'b', 'elsewhere']);
  for (const stackId of ['a', 'b', 'healthy']) postponed.takes(entry(stackId));
  const rows = postponed.rows();
  expect(rows.next().value).toEqual(entry('a'));
  // The budget ends here: whoever took the row has not come back for another one.
  expect(postponed.stackIds(true)).toEqual(['a', 'b']);
  rows.next();
  expect(postponed.stackIds(true)).toEqual(['b']);
  // A sweep that did not get to the end does not know about those it has not met.
  expect(postponed.stackIds(false)).toEqual(['b', 'elsewhere']);
});

test('one that fails again is put off again', () => {
  const postponed = new Postponed(['a']);
  postponed.takes(entry('a'));
  for (const { stackId } of postponed.rows()) postponed.failed(stackId);
  expect(postponed.stackIds(true)).toEqual(['a']);
});
