import { setTimeout } from 'node:timers/promises';

/** How often the same is sent: within two seconds. */
const MAX_ROUNDS = 5;
const FIRST_DELAY_MS = 100;

/** Waits for a part of so many milliseconds. */
export type Pause = (longest: number) => Promise<unknown>;

/** A random part, so that functions that are throttled together do not come back together. */
export const randomPause: Pause = (longest) => setTimeout(Math.random() * longest);

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
  pause: Pause,
): Promise<readonly T[]> {
  let left = await send(batch);
  for (let round = 1; left.length > 0 && round < MAX_ROUNDS; round++) {
    await pause(FIRST_DELAY_MS * 2 ** (round - 1));
    left = await send(left);
  }
  return left;
}
