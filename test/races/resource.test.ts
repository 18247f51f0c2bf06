/** P4, P6, P8: whatever meets on the row of a resource action, in whatever order. */
import { afterAll, describe, expect, test } from 'vitest';
import { NOW } from '../support/rows.ts';
import { timePasses } from './actors.ts';
import { expectSerializable, pairsOf } from './pairs.ts';
import { actorsAt, resourceStarts } from './resource-actors.ts';

let explored = 0;
afterAll(() => console.log(`races about a resource action: ${explored} orders explored`));

describe.each(Object.entries(resourceStarts))('%s', (_, start) => {
  test('two at a time, in every order, come to what they may have come to one after the other', async () => {
    const pairs = pairsOf(actorsAt(start));
    let orders = 0;
    for (const pair of pairs) orders += await expectSerializable(start, pair);
    expect(orders, 'more than the one order in which nothing meets').toBeGreaterThan(1.5 * pairs.length);
    explored += orders;
  });
});

/**
 * Left out: the end of the operation, since a wake-up that has read the stack before it may decide
 * about the attempt later; and a heartbeat, which counts from when it was asked for.
 */
describe('so they do when meanwhile', () => {
  test.each([
    ['work becomes due to be offered again', 'QUEUED', 60, /^(CompleteOperation|Heartbeat)/],
    ['a heartbeat is missed', 'RUNNING', 30, /^(CompleteOperation|Heartbeat)/],
    ["the attempt's deadline is reached", 'RUNNING', 50, /^CompleteOperation/],
  ] as const)('%s', { timeout: 60_000 }, async (_, name, seconds, leftOut) => {
    const start = resourceStarts[name];
    const pairs = pairsOf(actorsAt(start).filter((actor) => !leftOut.test(actor.name)));
    const time = timePasses(NOW + seconds * 1000);
    let orders = 0;
    for (const pair of pairs) orders += await expectSerializable(start, [...pair, time]);
    expect(orders).toBeGreaterThan(5 * pairs.length);
    explored += orders;
  });
});
