import { ended, type StackEnded, type StackInProgress } from '../../lambdas/domain/stack/state.ts';

export const NOW = Date.parse('2026-01-31T12:00:00.000Z');
export const RETENTION = 86_400_000;

/** A row of an operation that started now and times out in a minute. */
export function inProgress(overrides: Partial<StackInProgress> = {}): StackInProgress {
  return {
    stackId: 'stack-1',
    operationId: 'op-1',
    action: 'CREATE',
    status: 'IN_PROGRESS',
    statusReason: 'Stack CREATE started',
    startedAt: NOW,
    deadline: NOW + 60_000,
    timer: { generation: 1, dueAt: NOW + 60_000, setAt: NOW },
    endedOperationIds: [],
    change: 'START',
    version: 1,
    ...overrides,
  };
}

export const ENDS = {
  timedOut: { status: 'FAILED', cause: 'TIMEOUT', statusReason: 'Timed out', change: 'TIMEOUT' },
  completed: { status: 'COMPLETE', cause: 'REPORTED', statusReason: 'done', change: 'COMPLETE' },
  failed: { status: 'FAILED', cause: 'REPORTED', statusReason: 'broken', change: 'COMPLETE' },
  cancelled: { status: 'FAILED', cause: 'CANCELLED', statusReason: 'cancelled', change: 'CANCEL' },
} as const;

/** A row of an operation that ended ten seconds ago. */
export function endedRow(how: keyof typeof ENDS, overrides: Partial<StackEnded> = {}): StackEnded {
  return {
    ...ended(inProgress(), ENDS[how], { now: NOW - 10_000, retention: RETENTION }),
    ...overrides,
  } as StackEnded;
}
