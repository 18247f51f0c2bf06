import { expect, test } from 'vitest';
import { batches, batchItemFailures } from '../../../../cli/redrive/batches.ts';
import type { DeadLetter } from '../../../../cli/redrive/redrive.ts';

test('batches keep to the limits of SQS', () => {
  const messages = (count: number, bytes: number) =>
    Array.from({ length: count }, (_, n) => ({ id: String(n), body: 'x'.repeat(bytes) }));
  const sizes = (parts: DeadLetter[][]) => parts.map((part) => part.length);
  expect(sizes(batches(messages(25, 10)))).toEqual([10, 10, 5]);
  expect(sizes(batches(messages(5, 100_000)))).toEqual([2, 2, 1]);
  expect(sizes(batches(messages(2, 260_000)))).toEqual([1, 1]);
  expect(batches([])).toEqual([]);
});

test('a function that succeeds in part has failed', () => {
  expect(['', 'null', '{}', '{"batchItemFailures":[]}'].map(batchItemFailures)).toEqual([0, 0, 0, 0]);
  expect(batchItemFailures('{"batchItemFailures":[{"itemIdentifier":"1"}]}')).toBe(1);
});
