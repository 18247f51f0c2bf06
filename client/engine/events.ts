import type { Refusal } from '../../contract/index.ts';
import { textOf } from './outcome.ts';
import type { StopReason } from './work.ts';

/** Which attempt an event is about. */
export interface AttemptKey {
  readonly stackId: string;
  readonly operationId: string;
  readonly resource: string;
  readonly attempt: number;
}

type Call = 'claim' | 'delete' | 'putBack' | 'heartbeat' | 'complete' | 'release';

/**
 * What an engine did or met, for logs and metrics. None of it stops the engine.
 *
 * - `claimed`, `completed`, `failed`, `released`: of an attempt, as the service has confirmed it.
 * - `lost`: an attempt that is not reported, or whose report did not count; `code` tells why, as the signal's reason does.
 * - `refused`: a claim was; the work message is deleted if someone else has or had the attempt.
 * - `unhandled`: there is no handler for this work; the message is put back for another engine.
 * - `malformed`: a message that is no work; it ends in the dead-letter queue.
 * - `fault`: a call gave no answer; `reason` is what `error` says, for logs: an Error is empty as JSON. Most are made
 *   again.
 */
export type EngineEvent =
  | (AttemptKey & { readonly type: 'claimed'; readonly remainingSeconds: number })
  | (AttemptKey & { readonly type: 'completed' })
  | (AttemptKey & { readonly type: 'failed'; readonly reason: string; readonly retryable: boolean })
  | (AttemptKey & { readonly type: 'released' })
  | (AttemptKey & { readonly type: 'lost'; readonly code: StopReason['code']; readonly reason: string })
  | (AttemptKey & {
      readonly type: 'refused';
      readonly error: Refusal['error'];
      readonly message: 'deleted' | 'left';
    })
  | (AttemptKey & { readonly type: 'unhandled'; readonly action: string; readonly resourceType?: string })
  | { readonly type: 'malformed'; readonly messageId: string; readonly reason: string }
  | (AttemptKey & Fault & { readonly during: Call })
  | (Fault & { readonly during: 'receive' });

interface Fault {
  readonly type: 'fault';
  readonly reason: string;
  readonly error: unknown;
}

/** What every fault tells of its error. */
export const faultOf = (error: unknown): Fault => ({ type: 'fault', reason: textOf(error), error });
