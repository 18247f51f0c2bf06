import { expect, test } from 'vitest';
import { exploreAll } from './explore.ts';

/**
 * The orders in which the calls of several actors were made. A call is named by what it touches;
 * capitals write.
 */
async function ordersOf(...actors: readonly string[]): Promise<string[]> {
  const orders: string[] = [];
  const explored = await exploreAll(async (schedule) => {
    const order: string[] = [];
    const act = async (calls: string) => {
      for (const call of calls) {
        const touched = { what: [call.toLowerCase()], writes: call !== call.toLowerCase() };
        await schedule(touched, async () => order.push(call));
      }
    };
    await Promise.all(actors.map(act));
    orders.push(order.join(''));
  });
  expect(explored).toBe(orders.length);
  return orders.sort();
}

test('every order of calls that have to do with each other is taken, and each once', async () => {
  expect(await ordersOf('aA', 'A')).toEqual(['AaA', 'aAA', 'aAA']);
  expect(await ordersOf('aA', 'aA')).toHaveLength(4);
});

test.each([
  ['two writes of the same', ['A', 'A'], 2],
  ['a read and a write', ['a', 'A'], 2],
  ['two reads', ['a', 'a'], 1],
  ['writes of different things', ['A', 'B'], 1],
  ['three writes each', ['AAA', 'AAA'], 20],
  ['two writes each of three', ['AA', 'AA', 'AA'], 90],
  ['one thing in common', ['AX', 'BX'], 2],
  ['something in common with everything', ['A', 'B', '*'], 4],
])('%s: %s have so many orders that differ: %i', async (_, actors, count) => {
  expect(await ordersOf(...actors)).toHaveLength(count);
});

test('what fails in one order only is found', async () => {
  const lostUpdate = exploreAll(async (schedule) => {
    let counter = 0;
    const increment = async () => {
      const seen = await schedule({ what: ['counter'], writes: false }, async () => counter);
      await schedule({ what: ['counter'], writes: true }, async () => {
        counter = seen + 1;
      });
    };
    await Promise.all([increment(), increment()]);
    expect(counter).toBe(2);
  });
  await expect(lostUpdate).rejects.toThrow('expected 1 to be 2');
});
