import { expect, test } from 'vitest';
import {
  childKey,
  historyKey,
  payloadKey,
  resourceKey,
  resourceOf,
  stackIdOf,
  stackKey,
} from '../../../../../lambdas/adapters/dynamodb/keys.ts';

test('the keys of all that is kept under a stack', () => {
  const pk = { S: 'STACK#a/b' };
  const child = { parent: { stackId: 'a/b', operationId: 'op-p' }, stackId: 'c', operationId: 'op-1' };
  expect(resourceKey('a/b', 'c')).toEqual({ pk, sk: { S: 'RESOURCE#c' } });
  expect(payloadKey('a/b', 'c', 'input')).toEqual({ pk, sk: { S: 'INPUT#c' } });
  expect(payloadKey('a/b', 'c', 'output')).toEqual({ pk, sk: { S: 'OUTPUT#c' } });
  expect(childKey(child)).toEqual({ pk, sk: { S: 'CHILD#c#op-1' } });
  expect(historyKey('a/b', 'now#1')).toEqual({ pk, sk: { S: 'HISTORY#now#1' } });
  expect(resourceOf('RESOURCE#a/b')).toBe('a/b');
  expect(resourceOf('STACK')).toBeUndefined();
  expect(resourceOf('HISTORY#now#1')).toBeUndefined();
});

test('the key of a row, and back', () => {
  expect(stackKey('a/b')).toEqual({ pk: { S: 'STACK#a/b' }, sk: { S: 'STACK' } });
  expect(stackIdOf('STACK#a/b')).toBe('a/b');
});
