/** An operation that the demo watches: what is to become of it, and what has been seen. */
import type { Action, Stack } from '../contract/index.ts';
import { type Evidence, firings, type Path, pathOf } from './evidence.ts';

export type Expected =
  /** It times out; if a path is named, by that one. */
  | { readonly end: 'timeout'; readonly path?: Path }
  /** It is completed in time. */
  | { readonly end: 'completed' }
  /** It is completed about when it times out: the first writer wins. */
  | { readonly end: 'either' };

export interface Operation {
  readonly stackId: string;
  readonly operationId: string;
  readonly action: Action;
  readonly expected: Expected;
  /** What is special about it, in a few words. */
  readonly note: string;
  /** The answer to the last command that was accepted. */
  accepted?: Stack;
  /** The stack as last seen. */
  stack?: Stack;
  /** Why a command was refused that should not have been. */
  refusal?: string;
  /** Since when it is known to have ended. */
  endSeenAt?: number;
  readonly evidence: Evidence[];
}

export const started = (operation: Operation): boolean => operation.stack !== undefined;

export const ended = ({ stack }: Operation): boolean => stack !== undefined && stack.status !== 'IN_PROGRESS';

const timedOut = ({ stack }: Operation): boolean => stack?.cause === 'TIMEOUT';

/** Milliseconds from its deadline to its timeout; undefined if it did not time out. */
export const lateness = (operation: Operation): number | undefined =>
  timedOut(operation) && operation.stack?.endedAt !== undefined
    ? Date.parse(operation.stack.endedAt) - Date.parse(operation.stack.deadline)
    : undefined;

/** How it ended, as far as that is proved. */
export function endPath(operation: Operation): Path | 'completed' | undefined {
  if (operation.stack?.status === 'COMPLETE') return 'completed';
  return timedOut(operation) ? pathOf(operation.evidence) : undefined;
}

/** A log line is written after the row that it tells of. */
const LOG_DELAY_MS = 15_000;

/** Whether there is nothing more to wait for: it has ended, and the log has told how, or should have. */
export function settled(operation: Operation, now: number): boolean {
  if (operation.refusal !== undefined && !started(operation)) return true;
  if (!ended(operation)) return false;
  if (!timedOut(operation) || firings(operation.evidence).length > 0) return true;
  return now - (operation.endSeenAt ?? now) > LOG_DELAY_MS;
}
