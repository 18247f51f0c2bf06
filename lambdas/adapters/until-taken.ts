import { type Pause, pauseBefore } from './pause.ts';

/** How often the same is sent: within two seconds. */
const MAX_ROUNDS = 5;

/**
 * Batch calls of AWS succeed although they took only some of a batch. Those that were not taken are
 * sent again, and no others: an error would have the stream deliver all of its batch again, which
 * makes it more and more while a service throttles.
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
    await pauseBefore(round, pause);
    left = await send(left);
  }
  return left;
}
