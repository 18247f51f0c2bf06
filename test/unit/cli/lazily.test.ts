import { expect, test } from 'vitest';
import { lazily } from '../../../cli/lazily.ts';

test('loads once, and again only after a failure', async () => {
  let loads = 0;
  const get = lazily(async () => {
    if (++loads === 1) throw new Error('throttled');
    return loads;
  });
  expect(loads).toBe(0);
  await expect(get()).rejects.toThrow('throttled');
  expect(await Promise.all([get(), get()])).toEqual([2, 2]);
  expect(await get()).toBe(2);
});
