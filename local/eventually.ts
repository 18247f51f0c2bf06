import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats `check` until it no longer throws.
 *
 * @throws what `check` threw last, when the time (default 30 s) is over.
 */
export async function eventually<T>(
  check: () => Promise<T>,
  { within = 30_000, every = 100 }: { within?: number; every?: number } = {},
): Promise<T> {
  const endBy = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= endBy) throw error;
    }
    await sleep(every);
  }
}
