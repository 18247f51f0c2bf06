/** Which stacks and resource actions come first, and what there is to tell of each. Pure. */
import type { HistoryEntry, ResourceAction, Stack } from '../contract/index.ts';
import { lateBy } from './duration.ts';

export const byDeadline = (stacks: readonly Stack[]): Stack[] =>
  stacks.toSorted((a, b) => a.deadline.localeCompare(b.deadline) || a.stackId.localeCompare(b.stackId));

export const newestFirst = (stacks: readonly Stack[]): Stack[] =>
  stacks.toSorted(
    (a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? '') || a.stackId.localeCompare(b.stackId),
  );

/** Work that was taken back: no failure of its own. */
export const isCancelled = ({ status, cause }: Pick<ResourceAction, 'status' | 'cause'>): boolean =>
  status === 'FAILED' && cause === 'CANCELLED';

/** Failures, what is under way, what is done, what was taken back. */
function rank(resource: ResourceAction): number {
  if (resource.status === 'IN_PROGRESS') return 1;
  if (resource.status === 'COMPLETE') return 2;
  return isCancelled(resource) ? 3 : 0;
}

export const failuresFirst = (resources: readonly ResourceAction[]): ResourceAction[] =>
  resources.toSorted((a, b) => rank(a) - rank(b));

const DEADLINES = [
  ['queue', 'queueAt'],
  ['start', 'startDeadline'],
  ['heartbeat', 'heartbeatDeadline'],
  ['attempt', 'attemptDeadline'],
  ['all attempts', 'finalDeadline'],
  ['retry', 'retryAt'],
] as const;

/** Undefined if only the operation's deadline is left. */
export function nextDeadline(
  resource: ResourceAction,
): { readonly name: string; readonly time: string } | undefined {
  const [first] = DEADLINES.flatMap(([name, field]) => {
    const time = resource[field];
    return time === undefined ? [] : [{ name, time }];
  }).toSorted((a, b) => a.time.localeCompare(b.time));
  return first;
}

/** The cause, and of a timeout which one: `TIMEOUT START_TO_CLOSE`. */
export const causeOf = ({ cause, timeout }: Pick<HistoryEntry, 'cause' | 'timeout'>): string =>
  [cause, cause === 'TIMEOUT' && timeout].filter(Boolean).join(' ');

interface Reached {
  readonly timeout?: string | undefined;
  readonly latenessMs?: number | undefined;
}

/** Which timeout was reached, and how late that was written: `HEARTBEAT, 70ms late`. */
export const reachedText = ({ timeout, latenessMs }: Reached): string =>
  [timeout, latenessMs === undefined ? undefined : `${lateBy(latenessMs)} late`].filter(Boolean).join(', ');

/**
 * The cause of an end or of a failed attempt; of a timeout also which one, and how late that was
 * written: `ENGINE_LOST: HEARTBEAT, 70ms late`. Without a `resource`, it is that of an operation.
 */
export function causeText({
  cause,
  resource,
  timeout,
  latenessMs,
}: Pick<HistoryEntry, 'cause' | 'resource' | 'timeout' | 'latenessMs'>): string {
  const ofOperation = cause === 'TIMEOUT' && resource === undefined;
  const which = timeout ?? (ofOperation ? "the operation's deadline" : undefined);
  return [cause, reachedText({ timeout: which, latenessMs })].filter(Boolean).join(': ');
}

/** The cause of a stack's end. */
export function stackCauseText({
  cause,
  deadline,
  endedAt = '',
}: Pick<Stack, 'cause' | 'deadline' | 'endedAt'>): string {
  const latenessMs = Date.parse(endedAt) - Date.parse(deadline);
  const isLate = cause === 'TIMEOUT' && !Number.isNaN(latenessMs);
  return causeText({ ...(cause && { cause }), ...(isLate && { latenessMs }) });
}
