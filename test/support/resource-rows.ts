import { delayKeyOf, offerDelay } from '../../lambdas/domain/resource-action/retry.ts';
import {
  type ResourceActionBackoff,
  type ResourceActionDelayed,
  type ResourceActionEnd,
  type ResourceActionEnded,
  type ResourceActionQueued,
  type ResourceActionRunning,
  resourceActionEnded,
} from '../../lambdas/domain/resource-action/state.ts';
import { NOW, RETENTION } from './rows.ts';

const dispatched = {
  stackId: 'stack-1',
  operationId: 'op-1',
  resource: 'server',
  action: 'CREATE',
  fingerprint: 'fingerprint',
  startToClose: 300_000,
  retry: { maxAttempts: 3, interval: 1000, backoffRate: 2, maxDelay: 100_000, jitter: 'NONE' },
  onFailure: 'FAIL_OPERATION',
  hasInput: false,
  attempt: 1,
  version: 1,
  status: 'IN_PROGRESS',
  phaseStartedAt: NOW,
} as const;

/** How long after having been offered `offers` times these rows are offered again. */
export const offeredAfter = (offers: number): number => offerDelay(offers, delayKeyOf(dispatched));

/** Dispatched now, with three attempts; queued in a minute. */
export const delayed = (overrides: Partial<ResourceActionDelayed> = {}): ResourceActionDelayed => ({
  ...dispatched,
  phase: 'DELAYED',
  statusReason: 'Resource CREATE is delayed until 2026-01-31T12:01:00.000Z',
  queueAt: NOW + 60_000,
  timer: { generation: 1, dueAt: NOW + 60_000, setAt: NOW },
  change: 'DISPATCH',
  ...overrides,
});

/** Dispatched now, with three attempts; offered again in a minute. */
export const queued = (overrides: Partial<ResourceActionQueued> = {}): ResourceActionQueued => ({
  ...dispatched,
  phase: 'QUEUED',
  statusReason: 'Resource CREATE waits for an engine',
  offers: 1,
  offerAt: NOW + 60_000,
  timer: { generation: 1, dueAt: NOW + 60_000, setAt: NOW },
  change: 'DISPATCH',
  ...overrides,
});

/** Claimed now by engine-1, under claim-1; the attempt's deadline is in five minutes. */
export const running = (overrides: Partial<ResourceActionRunning> = {}): ResourceActionRunning => ({
  ...dispatched,
  phase: 'RUNNING',
  statusReason: 'Resource CREATE started by engine engine-1',
  engineId: 'engine-1',
  claimId: 'claim-1',
  attemptDeadline: NOW + 300_000,
  timer: { generation: 1, dueAt: NOW + 60_000, setAt: NOW },
  change: 'CLAIM',
  version: 2,
  ...overrides,
});

/** Attempt 1 was reported as FAILED now; the next one begins in a second. */
export const backoff = (overrides: Partial<ResourceActionBackoff> = {}): ResourceActionBackoff => ({
  ...dispatched,
  phase: 'BACKOFF',
  statusReason: 'no more disks',
  cause: 'REPORTED',
  retryAt: NOW + 1000,
  timer: { generation: 2, dueAt: NOW + 1000, setAt: NOW },
  change: 'COMPLETE',
  version: 3,
  ...overrides,
});

const ENDS = {
  completed: { status: 'COMPLETE', cause: 'REPORTED', statusReason: 'done', change: 'COMPLETE' },
  failed: { status: 'FAILED', cause: 'REPORTED', statusReason: 'broken', change: 'COMPLETE' },
  timedOut: { status: 'FAILED', cause: 'TIMEOUT', statusReason: 'Timed out', change: 'TIMEOUT' },
  lost: { status: 'FAILED', cause: 'ENGINE_LOST', statusReason: 'went down', change: 'ENGINE_LOST' },
  unclaimed: { status: 'FAILED', cause: 'NO_ENGINE', statusReason: 'nobody came', change: 'NO_ENGINE' },
  cancelled: { status: 'FAILED', cause: 'CANCELLED', statusReason: 'op-1 has ended', change: 'CANCEL' },
  /** Its operation goes on. */
  cancelledAlone: {
    status: 'FAILED',
    cause: 'CANCELLED',
    statusReason: 'not needed',
    change: 'CANCEL_RESOURCE',
  },
} as const satisfies Record<string, ResourceActionEnd & Pick<ResourceActionEnded, 'statusReason' | 'change'>>;

/** How long a row is kept for its operation, before the retention time. */
export const KEPT = 20 * 365 * 86_400_000;

/**
 * Ended ten seconds ago, in attempt 1, having been claimed by engine-1. Kept for its operation, if
 * that goes on.
 */
export function endedResource(
  how: keyof typeof ENDS,
  overrides: Partial<ResourceActionEnded> = {},
): ResourceActionEnded {
  return {
    ...resourceActionEnded(running(), ENDS[how], { now: NOW - 10_000, retention: RETENTION }),
    ...overrides,
  } as ResourceActionEnded;
}
