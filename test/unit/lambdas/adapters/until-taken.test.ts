import { expect, test } from 'vitest';
import { untilTaken } from '../../../../lambdas/adapters/until-taken.ts';

/** Takes each of the batch that has been sent so often. */
function takingAfter(needed: Readonly<Record<string, number>>) {
  const sent: string[] = [];
  const waits: number[] = [];
  const rounds = new Map<string, number>();
  const send = async (batch: readonly string[]) => {
    sent.push(batch.join(''));
    return batch.filter((one) => {
      const round = (rounds.get(one) ?? 0) + 1;
      rounds.set(one, round);
      return round < (needed[one] ?? 1);
    });
  };
  const pause = async (longest: number) => waits.push(longest);
  return { sent, waits, left: (batch: string[]) => untilTaken(batch, send, pause) };
}

test('a batch that was taken is sent once', async () => {
  const { sent, waits, left } = takingAfter({});
  expect(await left(['a', 'b', 'c'])).toEqual([]);
  expect(sent).toEqual(['abc']);
  expect(waits).toEqual([]);
});

test('what was not taken is sent again, and no others', async () => {
  const { sent, left } = takingAfter({ b: 2, d: 4 });
  expect(await left(['a', 'b', 'c', 'd'])).toEqual([]);
  expect(sent).toEqual(['abcd', 'bd', 'd', 'd']);
});

test('five times, after a part of a doubling time; what is left then is given back', async () => {
  const { sent, waits, left } = takingAfter({ a: 5, b: 6, c: 99 });
  expect(await left(['a', 'b', 'c'])).toEqual(['b', 'c']);
  expect(sent).toEqual(['abc', 'abc', 'abc', 'abc', 'abc']);
  expect(waits).toEqual([100, 200, 400, 800]);
});
