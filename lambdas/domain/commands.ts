/**
 * What each command does to a stack: pure functions of (row, request, now).
 * The caller saves what is to be written if the row's version is still the one seen, else decides again.
 */
import type { ErrorCode, RequestOf } from '../contract.ts';
import {
  ended,
  generationOf,
  present,
  REMEMBERED_OPERATIONS,
  type StackEnded,
  type StackInProgress,
  type StackRow,
} from './stack.ts';
import { type Instant, type Milliseconds, SECOND, toIso } from './time.ts';

export type Decision =
  /** Save this row; it becomes the answer. */
  | { readonly kind: 'write'; readonly save: StackRow }
  /** The request has taken effect before; the row as it is becomes the answer. */
  | { readonly kind: 'unchanged'; readonly row: StackRow; readonly save?: never }
  | Refused;

interface Refused {
  readonly kind: 'refuse';
  readonly code: ErrorCode;
  readonly message: string;
  readonly current?: StackRow;
  readonly save?: never;
}

export interface CommandContext {
  readonly now: Instant;
  /** How long an ended operation stays visible. */
  readonly retention: Milliseconds;
}

const write = (row: StackRow): Decision => ({ kind: 'write', save: row });
const unchanged = (row: StackRow): Decision => ({ kind: 'unchanged', row });

function refuse(code: ErrorCode, message: string, current?: StackRow): Refused {
  return { kind: 'refuse', code, message, ...(current && { current }) };
}

/** Every request about one stack. */
export type StackRequest = RequestOf<
  'StartOperation' | 'CompleteOperation' | 'CancelOperation' | 'ExtendOperation' | 'GetStack'
>;

export function decideCommand(
  seen: StackRow | undefined,
  request: StackRequest,
  context: CommandContext,
): Decision {
  switch (request.command) {
    case 'StartOperation':
      return decideStart(seen, request, context);
    case 'CompleteOperation':
      return decideComplete(seen, request, context);
    case 'CancelOperation':
      return decideCancel(seen, request, context);
    case 'ExtendOperation':
      return decideExtend(seen, request, context);
    case 'GetStack': {
      const row = present(seen, context.now);
      return row ? unchanged(row) : stackNotFound(request.stackId);
    }
  }
}

function decideStart(
  seen: StackRow | undefined,
  request: RequestOf<'StartOperation'>,
  { now }: CommandContext,
): Decision {
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
  return write(started(seen, current, request, now));
}

function started(
  seen: StackRow | undefined,
  current: StackRow | undefined,
  request: RequestOf<'StartOperation'>,
  now: Instant,
): StackInProgress {
  const deadline = now + request.timeoutSeconds * SECOND;
  return {
    stackId: request.stackId,
    operationId: request.operationId,
    action: request.action,
    status: 'IN_PROGRESS',
    statusReason: `Stack ${request.action} started`,
    startedAt: now,
    deadline,
    timer: { generation: seen === undefined ? 1 : generationOf(seen) + 1, dueAt: deadline, setAt: now },
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
  context: CommandContext,
): Decision {
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
          context.now,
          context.retention,
        ),
      ),
    tookEffect: (row) => row.cause === 'REPORTED' && row.status === request.status,
  });
}

function decideCancel(
  seen: StackRow | undefined,
  request: RequestOf<'CancelOperation'>,
  context: CommandContext,
): Decision {
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
          context.now,
          context.retention,
        ),
      ),
    tookEffect: (row) => row.cause === 'CANCELLED',
  });
}

/**
 * Moves the deadline to timeoutSeconds from now. A later deadline leaves the timer alone: the timer finds out when it
 * comes due and is armed again (so extending costs no scheduler call). An earlier one arms the timer anew.
 */
function decideExtend(
  seen: StackRow | undefined,
  request: RequestOf<'ExtendOperation'>,
  context: CommandContext,
): Decision {
  const { now } = context;
  return onOperation(seen, request, context, {
    inProgress: (row) => {
      const deadline = now + request.timeoutSeconds * SECOND;
      const next = { ...row, deadline, version: row.version + 1 };
      if (deadline >= row.timer.dueAt) return write({ ...next, change: 'EXTEND' });
      const timer = { generation: row.timer.generation + 1, dueAt: deadline, setAt: now };
      return write({ ...next, timer, change: 'SHORTEN' });
    },
    tookEffect: () => false,
  });
}

/** What every command on an existing operation has in common: it must be the current one, and not have ended otherwise. */
function onOperation(
  seen: StackRow | undefined,
  request: { stackId: string; operationId: string },
  { now }: CommandContext,
  on: {
    inProgress: (row: StackInProgress) => Decision;
    tookEffect: (row: StackEnded) => boolean;
  },
): Decision {
  const row = present(seen, now);
  if (row === undefined) return stackNotFound(request.stackId);
  if (row.operationId !== request.operationId) {
    return refuse(
      'StaleOperation',
      `operation ${request.operationId} is not the current one of stack ${request.stackId}; that is ${row.operationId}`,
      row,
    );
  }
  if (row.status === 'IN_PROGRESS') return on.inProgress(row);
  if (on.tookEffect(row)) return unchanged(row);
  return refuse(
    'OperationEnded',
    `operation ${row.operationId} of stack ${row.stackId} ended at ${toIso(row.endedAt)}: ${row.action}_${row.status}, cause ${row.cause}`,
    row,
  );
}

function stackNotFound(stackId: string): Refused {
  return refuse('StackNotFound', `there is no stack ${stackId}, or its retention time is over`);
}
