import { describe, expect, test } from 'vitest';
import { checkCourse, endOf, fromDeadline, withLook } from '../../../../demo/heat/course.ts';
import { at, course, DOWN, ended, look, lost, rolledBack } from './courses.ts';

const WATCH_SECONDS = 30;
const check = (one: Parameters<typeof checkCourse>[0]) => checkCourse(one, DOWN, WATCH_SECONDS);

test('a look is kept only if the state is another one', () => {
  const { changes, lastLookAt } = ended();
  expect(changes.map(({ state }) => state)).toEqual(['CREATE_IN_PROGRESS', 'CREATE_FAILED']);
  expect(lastLookAt).toBe(at(90));
});

test('the deadline stays that of the operation, though its rollback begins later', () => {
  expect(fromDeadline(rolledBack(), at(70))).toBe(10);
});

test('it has ended at the first look that does not find it IN_PROGRESS', () => {
  expect(endOf(rolledBack())?.at).toBe(at(70));
  expect(endOf(lost())).toBeUndefined();
});

test('what the demo claims', () => {
  expect([lost(), ended(), rolledBack()].flatMap(check)).toEqual([]);
});

describe('what it does not claim:', () => {
  test('engines that were killed before the operation was seen', () => {
    expect(checkCourse(ended(), { ...DOWN, from: at(0.5) }, WATCH_SECONDS)).toEqual([
      'web with heat-bridge: the engines were killed before its operation was seen',
    ]);
  });

  test('a Heat that ends its operation without the bridge', () => {
    expect(check(withLook(lost(), look(91, 'CREATE_FAILED', 'Timed out')))).toEqual([
      'web without heat-bridge: it became CREATE_FAILED: its timeout was not lost',
    ]);
  });

  test('a loss that was not watched for long enough', () => {
    expect(checkCourse(lost(), DOWN, 31)).toEqual([
      'web without heat-bridge: it was watched for 30 s after its deadline only',
    ]);
  });

  test.each([
    [
      'never',
      course('with', 'web', look(90, 'CREATE_IN_PROGRESS')),
      /it is CREATE_IN_PROGRESS, .*; not CREATE_FAILED/,
    ],
    ['in another state', course('with', 'web', look(66, 'CREATE_COMPLETE')), /it is CREATE_COMPLETE/],
    [
      'for another reason',
      course('with', 'web', look(66, 'CREATE_FAILED', 'no')),
      /it is CREATE_FAILED, no;/,
    ],
    [
      'early',
      course('with', 'web', look(59, 'CREATE_FAILED', 'Timed out')),
      /it was CREATE_FAILED before its deadline/,
    ],
    [
      'late',
      course('with', 'web', look(91, 'CREATE_FAILED', 'Timed out')),
      /it ended 31.0 s after its deadline/,
    ],
  ])('an operation that ends %s', (_, one, failure) => {
    expect(check(one)).toContainEqual(expect.stringMatching(failure));
  });
});
