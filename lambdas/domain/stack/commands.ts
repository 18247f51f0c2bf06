/**
 * What each command does to a stack: pure functions of (row, request, now). The caller saves what
 * is to be written if the row's version is still the one seen, else decides again.
 */

import type { RequestOf } from '../../../contract/index.ts';
import { type Refused, refuse } from '../refusal.ts';
import type { DecisionContext } from '../row.ts';
import { generationOf, present } from '../row.ts';
import { type Instant, SECOND, toIso } from '../time.ts';
import { currentOperation, operationEnded, runningParent } from './current-operation.ts';
import {
  deadlineWithin,
  ended,
  REMEMBERED_OPERATIONS,
  type StackEnded,
  type StackInProgress,
  type StackRow,
  withDeadline,
} from './state.ts';

export type StackDecision =
  /** Save this row; it becomes the answer. */
  | { readonly kind: 'write'; readonly save: StackRow }
  /** The request has taken effect before; the row as it is becomes the answer. */
  | { readonly kind: 'unchanged'; readonly row: StackRow; readonly save?: never }
  | Refused<StackRow>;

/** A stack's row, and that of its parent if the request or the row names one. */
export interface StackWithParent {
  readonly stack: StackRow | undefined;
  readonly parent?: StackRow | undefined;
  /**
   * The stacks above the parent, from the nearest on, as far as their operations belong together.
   */
  readonly ancestors?: readonly StackRow[];
}

/** How deep stacks may be nested: so many parents may be above one. */
export const MOST_ANCESTORS = 16;

const write = (row: StackRow): StackDecision => ({ kind: 'write', save: row });
const unchanged = (row: StackRow): StackDecision => ({ kind: 'unchanged', row });

/** Every request that changes a stack. */
export type StackRequest = RequestOf<
  'StartOperation' | 'CompleteOperation' | 'CancelOperation' | 'ExtendOperation'
>;

export function decideStackCommand(
  family: StackWithParent,
  request: StackRequest,
  context: DecisionContext,
): StackDecision {
  const seen = family.stack;
  switch (request.command) {
    case 'StartOperation':
      return decideStart(family, request, context);
    case 'CompleteOperation':
      return decideComplete(seen, request, context);
    case 'CancelOperation':
      return decideCancel(seen, request, context);
    case 'ExtendOperation':
      return decideExtend(family, request, context);
  }
}

function decideStart(
  { stack: seen, parent: seenParent, ancestors = [] }: StackWithParent,
  request: RequestOf<'StartOperation'>,
  { now }: DecisionContext,
): StackDecision {
  const current = present(seen, now);
  if (current?.operationId === request.operationId) return unchanged(current);
  if (current?.endedOperationIds.includes(request.operationId)) {
    return refuse(
      'StaleOperation',
      `operation ${request.operationId} of stack ${request.stackId} ended before; start a new one under a new operationId`,
      current,
    );
  }
  if (current?.status === 'IN_PROGRESS' && request.supersede !== true) {
    return refuse(
      'OperationInProgress',
      `operation ${current.operationId} of stack ${request.stackId} is in progress until ${toIso(current.deadline)}; complete or cancel it, or start with "supersede": true`,
      current,
    );
  }
  const parent = request.parent && runningParent(seenParent, request.parent, now);
  if (parent && 'kind' in parent) return parent;
  if (ancestors.some(({ stackId }) => stackId === request.stackId)) {
    return refuse(
      'ValidationError',
      `parent must not be a descendant of the stack: ${request.stackId} is above ${request.parent?.stackId}`,
    );
  }
  if (ancestors.length >= MOST_ANCESTORS) {
    return refuse('ValidationError', `parent must have at most ${MOST_ANCESTORS - 1} stacks above it`);
  }
  const asked = now + request.timeoutSeconds * SECOND;
  return write(started(seen, current, request, deadlineWithin(parent, asked), now));
}

function started(
  seen: StackRow | undefined,
  current: StackRow | undefined,
  request: RequestOf<'StartOperation'>,
  within: ReturnType<typeof deadlineWithin>,
  now: Instant,
): StackInProgress {
  return {
    stackId: request.stackId,
    operationId: request.operationId,
    action: request.action,
    status: 'IN_PROGRESS',
    statusReason: `Stack ${request.action} started`,
    startedAt: now,
    ...within,
    timer: {
      generation: seen === undefined ? 1 : generationOf(seen) + 1,
      dueAt: within.deadline,
      setAt: now,
    },
    ...(request.parent !== undefined && { parent: request.parent }),
    ...(request.metadata !== undefined && { metadata: JSON.stringify(request.metadata) }),
    endedOperationIds: current
      ? [current.operationId, ...current.endedOperationIds].slice(0, REMEMBERED_OPERATIONS)
      : [],
    change: current?.status === 'IN_PROGRESS' ? 'SUPERSEDE' : 'START',
    version: (seen?.version ?? 0) + 1,
  };
}

function decideComplete(
  seen: StackRow | undefined,
  request: RequestOf<'CompleteOperation'>,
  context: DecisionContext,
): StackDecision {
  return onOperation(seen, request, context, {
    inProgress: (row) =>
      write(
        ended(
          row,
          {
            status: request.status,
            cause: 'REPORTED',
            statusReason:
              request.reason ??
              `Stack ${row.action} ${request.status === 'COMPLETE' ? 'completed successfully' : 'failed'}`,
            change: 'COMPLETE',
          },
          context,
        ),
      ),
    tookEffect: (row) => row.cause === 'REPORTED' && row.status === request.status,
  });
}

function decideCancel(
  seen: StackRow | undefined,
  request: RequestOf<'CancelOperation'>,
  context: DecisionContext,
): StackDecision {
  return onOperation(seen, request, context, {
    inProgress: (row) =>
      write(
        ended(
          row,
          {
            status: 'FAILED',
            cause: 'CANCELLED',
            statusReason: request.reason ?? `Stack ${row.action} cancelled`,
            change: 'CANCEL',
          },
          context,
        ),
      ),
    tookEffect: (row) => row.cause === 'CANCELLED',
  });
}

/** Moves the deadline to timeoutSeconds from now, but not behind that of the parent. */
function decideExtend(
  { stack: seen, parent: seenParent }: StackWithParent,
  request: RequestOf<'ExtendOperation'>,
  context: DecisionContext,
): StackDecision {
  const { now } = context;
  return onOperation(seen, request, context, {
    inProgress: (row) => {
      const parent = row.parent && runningParent(seenParent, row.parent, now);
      if (parent && 'kind' in parent) return parent;
      const asked = now + request.timeoutSeconds * SECOND;
      return write(withDeadline(row, asked, parent, now));
    },
    tookEffect: () => false,
  });
}

/**
 * What every command on an existing operation has in common: it must be the current one, and not
 * have ended otherwise.
 */
function onOperation(
  seen: StackRow | undefined,
  request: { stackId: string; operationId: string },
  { now }: DecisionContext,
  on: {
    inProgress: (row: StackInProgress) => StackDecision;
    tookEffect: (row: StackEnded) => boolean;
  },
): StackDecision {
  const row = currentOperation(seen, request, now);
  if ('kind' in row) return row;
  if (row.status === 'IN_PROGRESS') return on.inProgress(row);
  return on.tookEffect(row) ? unchanged(row) : operationEnded(row);
}
