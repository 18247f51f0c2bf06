import { expect, test } from 'vitest';
import { edgesOf, parseToSendOn, reportedOf } from '../../../../heat-bridge/domain/graph.ts';

// What a Heat 27.0.1 stored.
const INPUT_DATA = {
  input_data: {
    "tuple:(3, True, 'resource')": { id: 3, name: 'r1', attrs: { output: 'v1' }, status: 'COMPLETE' },
  },
};
const CURRENT_DEPS = '{"edges": [[[2, true], [3, true]], [[1, true], [2, true]]]}';

test('the steps that have reported, of any release', () => {
  expect(reportedOf(INPUT_DATA)).toEqual(['3 update']);
  expect(reportedOf({ input_data: { 'tuple:(12, False)': null } })).toEqual(['12 cleanup']);
  expect(reportedOf({})).toEqual([]);
});

test('what is no resource has not reported', () => {
  expect(reportedOf({ input_data: { "tuple:('5f13', False, 'snapshot')": null, other: null } })).toEqual([]);
});

test('which step waits for which', () => {
  expect(edgesOf(CURRENT_DEPS)).toEqual([
    ['2 update', '3 update'],
    ['1 update', '2 update'],
  ]);
  expect(edgesOf('{"edges": [[[4, false], null], [[4, false], [5, false]]]}')).toEqual([
    ['4 cleanup', '5 cleanup'],
  ]);
});

test('no steps are stored yet', () => {
  for (const none of [null, 'null', '{}']) expect(edgesOf(none)).toEqual([]);
});

test('what is sent on is what Heat stored, to the last digit', () => {
  const stored = '{"a":12345678901234567890,"b":[1.0,-0.0,1e400,7,1.5],"c":"1.0","d":{"e":null,"f":true}}';
  expect(JSON.stringify(parseToSendOn(stored))).toBe(stored);
  expect(parseToSendOn('{"a":7,"b":"text"}')).toEqual({ a: 7, b: 'text' });
});
