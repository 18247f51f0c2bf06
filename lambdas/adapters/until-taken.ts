/** How often the same is sent: within two seconds. */
const MAX_ROUNDS = 5;
const FIRST_DELAY_MS = 100;

export type Sleep = (milliseconds: number) => Promise<unknown>;

/**
 * Batch calls of AWS succeed although they took only some of a batch. Those that were not taken are sent again, and no
 * others: an error would have the stream deliver all of its batch again, which makes it more and more while a service
 * throttles.
 *
 * @param send answers with what was not taken
 * @returns what was not taken in the end
 */
export async function untilTaken<T>(
  batch: readonly T[],
  send: (batch: readonly T[]) => Promise<readonly T[]>,
  sleep: Sleep,
): Promise<readonly T[]> {
  let left = await send(batch);
  for (let round = 1; left.length > 0 && round < MAX_ROUNDS; round++) {
    // A random part of a doubling time, so that functions that are throttled together do not come back together.
    await sleep(Math.random() * FIRST_DELAY_MS * 2 ** (round - 1));
    left = await send(left);
  }
  return left;
}
