import { describe, expect, test } from 'vitest';
import {
  checkOperation,
  endOf,
  fromDeadline,
  withObservation,
} from '../../../../demo/heat/observed-operation.ts';
import { at, DOWN, ended, lost, observation, observed, rolledBack } from './observed.ts';

const WATCH_SECONDS = 30;
const check = (one: Parameters<typeof checkOperation>[0]) => checkOperation(one, DOWN, WATCH_SECONDS);

test('an observation is kept only if the state is another one', () => {
  const { changes, lastObservedAt } = ended();
  expect(changes.map(({ state }) => state)).toEqual(['CREATE_IN_PROGRESS', 'CREATE_FAILED']);
  expect(lastObservedAt).toBe(at(90));
});

test('the deadline stays that of the operation, though its rollback begins later', () => {
  expect(fromDeadline(rolledBack(), at(70))).toBe(10);
});

test('it has ended at the first observation that does not find it IN_PROGRESS', () => {
  expect(endOf(rolledBack())?.at).toBe(at(70));
  expect(endOf(lost())).toBeUndefined();
});

test('what the demo claims', () => {
  expect([lost(), ended(), rolledBack()].flatMap(check)).toEqual([]);
});

describe('what it does not claim:', () => {
  test('engines that were killed before the operation was seen', () => {
    expect(checkOperation(ended(), { ...DOWN, from: at(0.5) }, WATCH_SECONDS)).toEqual([
      'web with heat-bridge: the engines were killed before its operation was seen',
    ]);
  });

  test('a Heat that ends its operation without the bridge', () => {
    expect(check(withObservation(lost(), observation(91, 'CREATE_FAILED', 'Timed out')))).toEqual([
      'web without heat-bridge: it became CREATE_FAILED: its timeout was not lost',
    ]);
  });

  test('a loss that was not watched for long enough', () => {
    expect(checkOperation(lost(), DOWN, 31)).toEqual([
      'web without heat-bridge: it was watched for 30 s after its deadline only',
    ]);
  });

  test.each([
    [
      'never',
      observed('with', 'web', observation(90, 'CREATE_IN_PROGRESS')),
      /it is CREATE_IN_PROGRESS, .*; not CREATE_FAILED/,
    ],
    [
      'in another state',
      observed('with', 'web', observation(66, 'CREATE_COMPLETE')),
      /it is CREATE_COMPLETE/,
    ],
    [
      'for another reason',
      observed('with', 'web', observation(66, 'CREATE_FAILED', 'no')),
      /it is CREATE_FAILED, no;/,
    ],
    [
      'early',
      observed('with', 'web', observation(59, 'CREATE_FAILED', 'Timed out')),
      /it was CREATE_FAILED before its deadline/,
    ],
    [
      'late',
      observed('with', 'web', observation(91, 'CREATE_FAILED', 'Timed out')),
      /it ended 31.0 s after its deadline/,
    ],
  ])('an operation that ends %s', (_, one, failure) => {
    expect(check(one)).toContainEqual(expect.stringMatching(failure));
  });
});
