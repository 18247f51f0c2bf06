/** Histories for tests. */
import { type Timeline, type TimelineOptions, timelineOf } from '../../../../cli/history/timeline.ts';
import type { HistoryEntry, ResourceAction } from '../../../../contract/index.ts';

export const START = Date.UTC(2026, 0, 31, 12);
export const at = (seconds: number): number => START + seconds * 1000;
export const iso = (seconds: number): string => new Date(at(seconds)).toISOString();

type Fields = Partial<HistoryEntry> & Pick<HistoryEntry, 'transition'>;

/** An entry so many seconds after the start. */
export const entry = (seconds: number, fields: Fields): HistoryEntry => ({
  at: iso(seconds),
  stackId: 'web',
  operationId: 'op-1',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  version: 1,
  ...fields,
});

export const started = entry(0, { transition: 'START', deadline: iso(60) });
export const operationTimedOut = entry(65, {
  transition: 'TIMEOUT',
  status: 'FAILED',
  cause: 'TIMEOUT',
  statusReason: 'Timed out',
  latenessMs: 5000,
  deadline: iso(60),
  version: 2,
});

type Step = readonly [seconds: number, fields: Fields];

/** The entries of a resource action: each raises its version. */
export const steps = (resource: string, ...some: readonly Step[]): HistoryEntry[] =>
  some.map(([seconds, fields], n) => entry(seconds, { resource, attempt: 1, version: n + 1, ...fields }));

export const dispatched = { transition: 'DISPATCH', phase: 'QUEUED' } as const;
export const claimed = (attempt: number, engineId: string, deadline = iso(600)) =>
  ({ transition: 'CLAIM', phase: 'RUNNING', attempt, engineId, deadline }) as const;
export const lost = (attempt: number, engineId: string) =>
  ({
    transition: 'ENGINE_LOST',
    phase: 'BACKOFF',
    attempt,
    engineId,
    cause: 'ENGINE_LOST',
    timeout: 'HEARTBEAT',
    latenessMs: 300,
    statusReason: `Engine ${engineId} went down during resource CREATE`,
  }) as const;
export const retried = (attempt: number) =>
  ({ transition: 'RETRY', phase: 'QUEUED', attempt, cause: 'ENGINE_LOST' }) as const;
export const completed = (attempt: number, engineId: string) =>
  ({
    transition: 'COMPLETE',
    status: 'COMPLETE',
    attempt,
    engineId,
    cause: 'REPORTED',
    statusReason: 'done',
  }) as const;
export const cancelled = {
  transition: 'CANCEL',
  status: 'FAILED',
  cause: 'CANCELLED',
  statusReason: 'Resource CREATE cancelled: operation op-1 has ended',
} as const;

/** An operation with a lost engine, an attempt that timed out late, and an end that is late. */
export const ENTRIES: readonly HistoryEntry[] = [
  started,
  ...steps(
    'server',
    [1, dispatched],
    [2, claimed(1, 'engine-1')],
    [12, lost(1, 'engine-1')],
    [14, retried(2)],
    [15, claimed(2, 'engine-2')],
    [
      35,
      {
        transition: 'TIMEOUT',
        phase: 'QUEUED',
        attempt: 2,
        engineId: 'engine-2',
        cause: 'TIMEOUT',
        timeout: 'START_TO_CLOSE',
        latenessMs: 3000,
        statusReason: 'Timed out',
      },
    ],
    [36, claimed(3, 'engine-3')],
    [66, { ...cancelled, attempt: 3, engineId: 'engine-3' }],
  ),
  ...steps(
    'database-with-a-name-of-considerable-length',
    [1, { transition: 'DISPATCH', phase: 'DELAYED' }],
    [11, { transition: 'QUEUE', phase: 'QUEUED' }],
    [20, claimed(1, 'engine-1')],
    [50, completed(1, 'engine-1')],
  ),
  operationTimedOut,
];

export const resource = (fields: Partial<ResourceAction>): ResourceAction => ({
  stackId: 'web',
  operationId: 'op-1',
  resource: 'server',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  attempt: 1,
  maxAttempts: 3,
  version: 1,
  ...fields,
});

/** Of the newest operation, 100 s after its start unless another time is asked for. */
export function timeline(entries: readonly HistoryEntry[], options: Partial<TimelineOptions> = {}): Timeline {
  const found = timelineOf(entries, { now: at(100), ...options });
  if (found === undefined) throw new Error('no timeline');
  return found;
}
