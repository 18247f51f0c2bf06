/** When a failed attempt is followed by another, and when QUEUED work is offered again. */
import { createHash } from 'node:crypto';
import { type Milliseconds, SECOND } from '../time.ts';

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly interval: Milliseconds;
  readonly backoffRate: number;
  readonly maxDelay: Milliseconds;
  readonly jitter: 'FULL' | 'NONE';
}

/** A fraction from 0 to below 1 that looks random, but is the same for the same text: whoever decides again agrees. */
const fraction = (text: string): number =>
  createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;

/** How long after the end of an attempt the next one begins. `key` names the resource action. */
export function retryDelay(policy: RetryPolicy, attempt: number, key: string): Milliseconds {
  const { interval, backoffRate, maxDelay, jitter } = policy;
  const delay = Math.min(maxDelay, interval * backoffRate ** (attempt - 1));
  return Math.round(jitter === 'FULL' ? delay * fraction(`${key}\n${attempt}`) : delay);
}

const FIRST_OFFER: Milliseconds = 60 * SECOND;
const LONGEST_OFFER: Milliseconds = 3600 * SECOND;

/** How long after having been offered `offers` times QUEUED work is offered again. */
export const offerDelay = (offers: number): Milliseconds =>
  Math.min(LONGEST_OFFER, FIRST_OFFER * 2 ** (offers - 1));
