import type { Refusal } from '../../contract/index.ts';
import { errorMessage } from '../retry.ts';
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
 * - `claimed`, `completed`, `failed`, `released`: the service has confirmed it.
 * - `lost`: the attempt was not reported, or its report did not count. `code` tells why, as the
 *   reason of the handler's signal does.
 * - `refused`: the service refused the claim. The engine deletes the work message if another claim
 *   holds the attempt or it has ended.
 * - `unhandled`: this engine has no handler for the work, and returns the message to the queue.
 *   After `claimed`: the message told of other work than the row holds, and the engine releases the
 *   attempt.
 * - `malformed`: the message is not a work message. The queue moves it to its dead-letter queue.
 * - `fault`: a call gave no answer. The engine retries most calls. `reason` is the message of
 *   `error`, for logs that write JSON, where an Error is empty.
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

export const faultOf = (error: unknown): Fault => ({ type: 'fault', reason: errorMessage(error), error });
