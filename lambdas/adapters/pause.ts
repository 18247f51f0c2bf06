import { setTimeout } from 'node:timers/promises';

/** Waits for a part of so many milliseconds. */
export type Pause = (longest: number) => Promise<unknown>;

/** A random part, so that functions that are throttled together do not come back together. */
export const randomPause: Pause = (longest) => setTimeout(Math.random() * longest);

/** Before the second try it takes up to this long, and twice as long before each one after that. */
const FIRST_PAUSE_MS = 100;

/**
 * Waits before something is asked again for the `retry`th time, counted from 1 (exponential backoff
 * with full jitter).
 */
export const pauseBefore = (retry: number, pause: Pause): Promise<unknown> =>
  pause(FIRST_PAUSE_MS * 2 ** (retry - 1));
