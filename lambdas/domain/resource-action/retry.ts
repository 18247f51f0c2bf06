/** When a failed attempt is followed by another, and when QUEUED work is offered again. */
import { hashFraction } from '../hash.ts';
import { type Milliseconds, SECOND } from '../time.ts';

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly interval: Milliseconds;
  readonly backoffRate: number;
  readonly maxDelay: Milliseconds;
  readonly jitter: 'FULL' | 'NONE';
}

/** What names a resource action in the hashes that spread its delays. */
export const delayKeyOf = (of: { stackId: string; operationId: string; resource: string }): string =>
  [of.stackId, of.resource, of.operationId].join('\n');

/** How long after the end of an attempt the next one begins. `key` names the resource action. */
export function retryDelay(policy: RetryPolicy, attempt: number, key: string): Milliseconds {
  const { interval, backoffRate, maxDelay, jitter } = policy;
  const delay = Math.min(maxDelay, interval * backoffRate ** (attempt - 1));
  return Math.round(jitter === 'FULL' ? delay * hashFraction(`${key}\n${attempt}`) : delay);
}

const FIRST_OFFER: Milliseconds = 60 * SECOND;
const LONGEST_OFFER: Milliseconds = 3600 * SECOND;

/** How much longer than its delay an offer may take, as a part of the delay. */
const OFFER_SPREAD = 0.5;

/**
 * How long after having been offered `offers` times QUEUED work is offered again: 60 s, doubling to
 * an hour, and up to half as long again. So work that was dispatched together is not offered
 * together. `key` names the resource action.
 */
export function offerDelay(offers: number, key: string): Milliseconds {
  const delay = Math.min(LONGEST_OFFER, FIRST_OFFER * 2 ** (offers - 1));
  return Math.round(delay * (1 + OFFER_SPREAD * hashFraction(`${key}\noffer ${offers}`)));
}
