/** Claims an attempt, and decides what a refusal means for the work message. */
import type { AnswerOf, Refusal } from '../../contract/index.ts';
import { backoff } from '../retry.ts';
import type { EngineContext } from './context.ts';
import { type AttemptKey, faultOf } from './events.ts';

export interface ClaimResult {
  readonly claimId: string;
  /** Undefined: none arrived. The claim may have taken effect. */
  readonly answer?: AnswerOf<'ClaimResource'>;
  /** When the last request was sent, and when its answer arrived. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** How long a claim is retried. After that the queue delivers the work message again. */
const CLAIM_TIMEOUT_MS = 60_000;

/**
 * Claims until there is an answer, each time with the same claimId: so the service can tell whether
 * an earlier call took effect. After `stop` it makes at most one more call.
 */
export async function claim(
  context: EngineContext,
  key: AttemptKey,
  stop: AbortSignal,
): Promise<ClaimResult> {
  const { client, engineId, now, sleep, random, emit } = context;
  const claimId = context.newId();
  const giveUpAt = now() + CLAIM_TIMEOUT_MS;
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
 * Releases an attempt after a claim without an answer. The claim may have taken effect, and then no
 * other engine could have the attempt before it times out.
 */
export async function releaseUnanswered(
  { client, emit }: EngineContext,
  key: AttemptKey,
  claimId: string,
): Promise<void> {
  try {
    const answer = await client.releaseResource({ ...key, claimId });
    if (answer.ok) emit({ type: 'released', ...key });
  } catch (error) {
    emit({ ...faultOf(error), during: 'release', ...key });
  }
}

/**
 * Whether another claim holds the attempt, or it has ended: then nobody needs its message any more.
 */
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
