/** Observations of a run that kept every promise: tests change one thing in them. */
import type { OperationStatusChange, ResourceActionStatusChange, Stack } from '../../../../contract/index.ts';
import {
  type ResourceActionRow,
  toResourceAction,
} from '../../../../lambdas/domain/resource-action/state.ts';
import {
  ended,
  type StackEnded,
  type StackInProgress,
  type StackRow,
  toStack,
} from '../../../../lambdas/domain/stack/state.ts';
import { endedResource, queued, running } from '../../../support/resource-rows.ts';
import { ENDS, inProgress, NOW, RETENTION } from '../../../support/rows.ts';
import type { Asked, Observations, WorkloadRequest } from '../observations.ts';

/**
 * When everything is over that is not said otherwise: half a second after the deadline of the
 * default row.
 */
export const LATE = NOW + 60_500;

const failed = { status: 'FAILED', statusReason: 'failed' } as const;
const ALL_ENDS = {
  ...ENDS,
  superseded: { ...failed, cause: 'SUPERSEDED', change: 'SUPERSEDE' },
  resourceFailed: { ...failed, cause: 'RESOURCE_FAILED', change: 'RESOURCE_FAILED' },
} as const;

export const ends = (row: StackInProgress, how: keyof typeof ALL_ENDS, at = LATE): StackEnded =>
  ended(row, ALL_ENDS[how], { now: at, retention: RETENTION });

export const operationEvent = (row: StackRow): OperationStatusChange => ({
  ...toStack(row),
  id: `${row.stackId}/${row.operationId}//${row.version}/${row.change}`,
});

export const resourceEvent = (row: ResourceActionRow): ResourceActionStatusChange => ({
  ...toResourceAction(row),
  id: `${row.stackId}/${row.operationId}/${row.resource}/${row.version}/${row.change}`,
});

export const ok = (request: WorkloadRequest, row: StackRow): Asked => ({
  request,
  answer: { ok: true, stack: toStack(row) },
});

type Named = Pick<Stack, 'stackId' | 'operationId'>;
const named = ({ stackId, operationId }: Named): Named => ({ stackId, operationId });

export const startOf = (row: StackRow, more: object = {}): Asked =>
  ok({ command: 'StartOperation', ...named(row), action: 'CREATE', timeoutSeconds: 60, ...more }, row);
export const completeOf = (row: StackRow): Asked =>
  ok({ command: 'CompleteOperation', ...named(row), status: 'COMPLETE' }, row);
export const cancelOf = (row: StackRow): Asked => ok({ command: 'CancelOperation', ...named(row) }, row);
export const extendOf = (row: StackRow): Asked =>
  ok({ command: 'ExtendOperation', ...named(row), timeoutSeconds: 60 }, row);
export const dispatchOf = (row: ResourceActionRow, more: object = {}): Asked => ({
  request: {
    command: 'DispatchResource',
    ...named(row),
    resource: row.resource,
    action: 'CREATE',
    startToCloseSeconds: 300,
    retry: { maxAttempts: 3 },
    ...more,
  },
  answer: { ok: true, resource: toResourceAction(row) },
});

const rowOf = (stackId: string, more: Partial<StackInProgress> = {}) => inProgress({ stackId, ...more });
const abandoned = rowOf('abandoned');
const timedOut = ends(abandoned, 'timedOut');
const parent = rowOf('parent');
const completed = ends(parent, 'completed', NOW + 30_000);
const child = rowOf('child', { parent: named(parent), deadline: NOW + 50_000 });
const childEnded = ends(child, 'cancelled', NOW + 30_200);

const attempt = running({ stackId: 'parent' });
const done = endedResource('completed', { stackId: 'parent', endedAt: NOW + 20_000 });

export const PARTS = { abandoned, timedOut, parent, completed, child, childEnded, attempt, done };

export const VALID_RUN: Observations = {
  asked: [startOf(abandoned), startOf(parent), completeOf(completed), startOf(child), dispatchOf(attempt)],
  said: [
    {
      engineId: 'engine-1',
      line: { type: 'completed', ...named(done), resource: done.resource, attempt: done.attempt },
    },
  ],
  operationEvents: [abandoned, timedOut, parent, completed, child, childEnded].map(operationEvent),
  resourceEvents: [queued({ stackId: 'parent' }), attempt, done].map(resourceEvent),
  finalState: {
    stacks: [timedOut, completed, childEnded],
    resources: [done],
    items: [],
    listed: [],
    schedules: [],
    waiting: { timer: 0, work: 0 },
    givenUp: [],
    undelivered: [],
  },
  deadLetters: [{ queue: 'timer', body: 'garbage-1' }],
  garbage: [{ queue: 'timer', body: 'garbage-1' }],
};
