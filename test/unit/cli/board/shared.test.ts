import { expect, test } from 'vitest';
import { Shared } from '../../../../cli/board/shared.ts';

/** A shared value that is fresh for 10 ms, and what ends each of its readings. */
function setUp() {
  const readings: PromiseWithResolvers<string>[] = [];
  const shared = new Shared(10, () => {
    const reading = Promise.withResolvers<string>();
    readings.push(reading);
    return reading.promise;
  });
  return { shared, readings };
}

test('is read once for all who ask at the same time, however long it takes', async () => {
  const { shared, readings } = setUp();
  const both = [shared.get(0), shared.get(100)];
  readings[0]?.resolve('read');
  expect(await Promise.all(both)).toEqual(['read', 'read']);
  expect(readings).toHaveLength(1);
});

test('is read again when it is no longer fresh, also if it could not be read', async () => {
  const { shared, readings } = setUp();
  const first = shared.get(0);
  readings[0]?.reject(new Error('no route to host'));
  await expect(first).rejects.toThrow('no route');
  await expect(shared.get(9)).rejects.toThrow('no route');
  const second = shared.get(10);
  readings[1]?.resolve('read');
  expect(await second).toBe('read');
});

test('what has expired is read again, though it was being read', async () => {
  const { shared, readings } = setUp();
  const first = shared.get(0);
  shared.expire();
  readings[0]?.resolve('old');
  expect(await first).toBe('old');
  const second = shared.get(1);
  readings[1]?.resolve('new');
  expect(await second).toBe('new');
});
