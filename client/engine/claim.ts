/** Takes an attempt, and judges what a refusal means for the work message. */
import type { AnswerOf, Refusal } from '../../contract/index.ts';
import { backoff } from '../retry.ts';
import type { EngineContext } from './context.ts';
import { type AttemptKey, faultOf } from './events.ts';

export interface ClaimResult {
  readonly claimId: string;
  /** Undefined: none came. The claim may have taken effect all the same. */
  readonly answer?: AnswerOf<'ClaimResource'>;
  /** When the answer was asked for, and when it came. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** How long an answer is asked for. The work message is delivered again by then, to whoever can claim it. */
const PATIENCE_MS = 60_000;

/**
 * Claims until there is an answer, always with the same claimId: only that tells whether an earlier call took effect.
 * After `stop` it asks at most once more.
 */
export async function claim(parts: EngineContext, key: AttemptKey, stop: AbortSignal): Promise<ClaimResult> {
  const { client, engineId, now, sleep, random, emit } = parts;
  const claimId = parts.newId();
  const giveUpAt = now() + PATIENCE_MS;
  for (let failures = 1; ; failures++) {
    const sentAt = now();
    try {
      const answer = await client.claimResource({ ...key, engineId, claimId });
      return { claimId, answer, sentAt, answeredAt: now() };
    } catch (error) {
      emit({ ...faultOf(error), during: 'claim', ...key });
    }
    if (stop.aborted || now() >= giveUpAt) return { claimId, sentAt, answeredAt: now() };
    await sleep(backoff(failures, random), stop);
  }
}

/**
 * After a claim without an answer. It may have taken effect: then nobody else would have the attempt before its time is
 * up.
 */
export async function releaseUnknown(parts: EngineContext, key: AttemptKey, claimId: string): Promise<void> {
  const { client, emit } = parts;
  try {
    const answer = await client.releaseResource({ ...key, claimId });
    if (answer.ok) emit({ type: 'released', ...key });
  } catch (error) {
    emit({ ...faultOf(error), during: 'release', ...key });
  }
}

/** Whether someone else has the attempt, or it has ended: then its message says nothing new to anyone. */
export function isFinalRefusal({ code, current }: Refusal['error']): boolean {
  switch (code) {
    case 'StaleAttempt':
    case 'OperationEnded':
    case 'StaleOperation':
    case 'ResourceNotFound':
    case 'StackNotFound':
      return true;
    case 'NotClaimable':
      return current !== undefined && 'resource' in current && current.phase !== 'QUEUED';
    default:
      return false;
  }
}
