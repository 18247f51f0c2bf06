/** P3, P4, P5: whatever meets on the row of a stack, in whatever order. */
import { afterAll, describe, expect, test } from 'vitest';
import { NOW } from '../support/rows.ts';
import { timePasses } from './actors.ts';
import { expectSerializable, pairsOf } from './pairs.ts';
import { stackActors, stackStarts } from './stack-actors.ts';

const pairs = pairsOf(stackActors);

let explored = 0;
afterAll(() => console.log(`races about a stack: ${explored} orders explored`));

describe.each(Object.entries(stackStarts))('%s', (_, start) => {
  test('two at a time, in every order, come to what they may have come to one after the other', async () => {
    let orders = 0;
    for (const pair of pairs) orders += await expectSerializable(start, pair);
    expect(orders, 'more than the one order in which nothing meets').toBeGreaterThan(2 * pairs.length);
    explored += orders;
  });
});

test('so they do when the deadline is reached meanwhile', async () => {
  const time = timePasses(NOW + 60_000);
  let orders = 0;
  for (const pair of pairs) orders += await expectSerializable(stackStarts['in time'], [...pair, time]);
  expect(orders).toBeGreaterThan(10 * pairs.length);
  explored += orders;
});
