/**
 * What each command does to a resource action: pure functions of (rows, request, now). The caller
 * saves what is to be written if the row's version is still the one seen, else decides again.
 */

import type { RequestOf } from '../../../contract/index.ts';
import { sha256 } from '../hash.ts';
import { type Refused, refuse } from '../refusal.ts';
import type { DecisionContext } from '../row.ts';
import { generationOf, present } from '../row.ts';
import { runningOperation } from '../stack/current-operation.ts';
import type { StackInProgress, StackRow } from '../stack/state.ts';
import { type Instant, SECOND, toIso } from '../time.ts';
import { attemptFailed, firstQueued, queued } from './attempt.ts';
import type { Payload, ResourceActionInProgress, ResourceActionWithStack } from './state.ts';
import {
  inNextPhase,
  isKeptForOperation,
  isRunning,
  type Report,
  type ResourceActionDelayed,
  type ResourceActionQueued,
  type ResourceActionRow,
  type ResourceActionRunning,
  resourceActionEnded,
  type Untimed,
  withNewTimer,
  withTimer,
} from './state.ts';

export type ResourceActionDecision =
  /** Save this row, and with it what belongs to it; it becomes the answer. */
  | { readonly kind: 'write'; readonly save: ResourceActionRow; readonly payload?: Payload }
  /** The request has taken effect before; the row as it is becomes the answer. */
  | { readonly kind: 'unchanged'; readonly row: ResourceActionRow; readonly save?: never }
  | Refused<StackRow | ResourceActionRow>;
const write = (save: ResourceActionRow, payload?: Payload): ResourceActionDecision => ({
  kind: 'write',
  save,
  ...(payload && { payload }),
});
const unchanged = (row: ResourceActionRow): ResourceActionDecision => ({ kind: 'unchanged', row });

const payloadOf = (kind: Payload['kind'], value: unknown): Payload | undefined =>
  value === undefined ? undefined : { kind, json: JSON.stringify(value) };

export function decideDispatch(
  { stack, resource: seen }: ResourceActionWithStack,
  request: RequestOf<'DispatchResource'>,
  now: Instant,
): ResourceActionDecision {
  const known = present(seen, now);
  const fingerprint = fingerprintOf(request);
  const repeated = known?.operationId === request.operationId;
  if (repeated && known.fingerprint === fingerprint) return unchanged(known);
  const operation = runningOperation(stack, request, now);
  if ('kind' in operation) return operation;
  if (repeated) {
    return refuse(
      'ResourceInProgress',
      `operation ${request.operationId} has dispatched ${request.resource} before, with other fields; a resource has one resource action in an operation`,
      known,
    );
  }
  const row = dispatched(request, fingerprint, (seen?.version ?? 0) + 1, now);
  const generation = seen === undefined ? 0 : generationOf(seen);
  return write(
    withNewTimer<ResourceActionInProgress>(row, generation, now),
    payloadOf('input', request.input),
  );
}

function dispatched(
  request: RequestOf<'DispatchResource'>,
  fingerprint: string,
  version: number,
  now: Instant,
): Untimed<ResourceActionDelayed | ResourceActionQueued> {
  const {
    delaySeconds = 0,
    scheduleToStartSeconds,
    scheduleToCloseSeconds,
    heartbeatSeconds,
    retry = {},
  } = request;
  const interval = (retry.intervalSeconds ?? 1) * SECOND;
  const common = {
    stackId: request.stackId,
    operationId: request.operationId,
    resource: request.resource,
    ...(request.resourceType !== undefined && { resourceType: request.resourceType }),
    action: request.action,
    fingerprint,
    startToClose: request.startToCloseSeconds * SECOND,
    ...(scheduleToStartSeconds !== undefined && { scheduleToStart: scheduleToStartSeconds * SECOND }),
    ...(heartbeatSeconds !== undefined && { heartbeat: heartbeatSeconds * SECOND }),
    retry: {
      maxAttempts: retry.maxAttempts ?? 1,
      interval,
      backoffRate: retry.backoffRate ?? 2,
      maxDelay: retry.maxDelaySeconds === undefined ? 100 * interval : retry.maxDelaySeconds * SECOND,
      jitter: retry.jitter ?? ('FULL' as const),
    },
    onFailure: request.onFailure ?? ('FAIL_OPERATION' as const),
    hasInput: request.input !== undefined,
    ...(scheduleToCloseSeconds !== undefined && { finalDeadline: now + scheduleToCloseSeconds * SECOND }),
    version,
    attempt: 1,
    phaseStartedAt: now,
  };
  if (delaySeconds === 0) return firstQueued(common, 'DISPATCH', now);
  const queueAt = now + delaySeconds * SECOND;
  return {
    ...common,
    status: 'IN_PROGRESS',
    phase: 'DELAYED',
    queueAt,
    statusReason: `Resource ${request.action} is delayed until ${toIso(queueAt)}`,
    change: 'DISPATCH',
  };
}

/** A hash of what was asked for, whatever the order of its fields. */
function fingerprintOf({ command: _, ...request }: RequestOf<'DispatchResource'>): string {
  const sorted = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return sha256(JSON.stringify(request, sorted)).toString('base64url');
}

export function decideClaim(
  { stack, resource: seen }: ResourceActionWithStack,
  request: RequestOf<'ClaimResource'>,
  now: Instant,
): ResourceActionDecision {
  const operation = runningOperation(stack, request, now);
  if ('kind' in operation) return operation;
  const row = present(seen, now);
  if (row?.operationId !== request.operationId) return resourceActionNotFound(request);
  if (row.attempt !== request.attempt) return staleAttempt(row, request);
  if (row.status !== 'IN_PROGRESS' || row.phase !== 'QUEUED') {
    if ('claimId' in row && row.claimId === request.claimId) return unchanged(row);
    return refuse('NotClaimable', `${describe(row)}`, row);
  }
  if (isReleased(row, request)) {
    // A call that took long, asked again meanwhile: its engine is done with the attempt.
    return refuse('NotClaimable', `claim ${request.claimId} of ${row.resource} has been released`, row);
  }
  if (Math.min(row.finalDeadline ?? operation.deadline, operation.deadline) <= now) {
    return refuse('NotClaimable', `no time is left for ${row.resource}`, row);
  }
  return write(claimed(row, request, now));
}

function claimed(
  row: ResourceActionQueued,
  { engineId, claimId }: RequestOf<'ClaimResource'>,
  now: Instant,
): ResourceActionRunning {
  const next: Untimed<ResourceActionRunning> = {
    ...inNextPhase(row, now),
    status: 'IN_PROGRESS',
    phase: 'RUNNING',
    engineId,
    claimId,
    attemptDeadline: now + row.startToClose,
    ...(row.heartbeat !== undefined && { heartbeatDeadline: now + row.heartbeat }),
    statusReason: `Resource ${row.action} started by engine ${engineId}`,
    change: 'CLAIM',
  };
  return withTimer<ResourceActionRunning>(next, row.timer, now);
}

/**
 * Whole seconds left for an attempt; with the stack row, those that the operation has left too.
 * Only an attempt that is over has none: 0 tells its engine to stop.
 */
export function remainingSeconds(
  row: ResourceActionRunning,
  stack: StackInProgress | undefined,
  now: Instant,
): number {
  const end = Math.min(
    row.attemptDeadline,
    row.finalDeadline ?? Number.POSITIVE_INFINITY,
    stack?.deadline ?? Number.POSITIVE_INFINITY,
  );
  return end <= now ? 0 : Math.max(1, Math.floor((end - now) / SECOND));
}

export function decideCompleteResource(
  seen: ResourceActionRow | undefined,
  request: RequestOf<'CompleteResource'>,
  context: DecisionContext,
): ResourceActionDecision {
  const { now } = context;
  const row = requireCurrentClaim(seen, request, now);
  if ('kind' in row)
    return unlessRepeated(
      row,
      ({ lastReport: last }) => isReportOf(last, request) && last?.outcome === request.status,
    );
  const lastReport = { attempt: row.attempt, claimId: row.claimId, outcome: request.status };
  const output = payloadOf('output', request.output);
  const reported = { ...row, lastReport, ...(output && { outputAttempt: row.attempt }) };
  const statusReason =
    request.reason ??
    `Resource ${row.action} ${request.status === 'COMPLETE' ? 'completed successfully' : 'failed'}`;
  if (request.status === 'COMPLETE') {
    const end = { status: 'COMPLETE', cause: 'REPORTED', statusReason, change: 'COMPLETE' } as const;
    return write(resourceActionEnded(reported, end, context), output);
  }
  const retryable = request.retryable ?? true;
  const failure = { cause: 'REPORTED', statusReason, change: 'COMPLETE', since: now, retryable } as const;
  return write(attemptFailed(reported, failure, context), output);
}

/** Gives the attempt back: QUEUED again, and no attempt consumed. */
export function decideRelease(
  seen: ResourceActionRow | undefined,
  request: RequestOf<'ReleaseResource'>,
  now: Instant,
): ResourceActionDecision {
  const row = requireCurrentClaim(seen, request, now);
  if ('kind' in row) return unlessRepeated(row, (current) => isReleased(current, request));
  const releasedClaims = [claimHash(row), ...(row.releasedClaims ?? [])].slice(0, REMEMBERED_RELEASES);
  const reason = `Released by engine ${row.engineId}; waits for another one`;
  const next = queued(inNextPhase({ ...row, releasedClaims }, now), 'RELEASE', reason, now);
  return write(withTimer<ResourceActionQueued>(next, row.timer, now));
}

/**
 * Takes one resource action back. Its operation goes on: the row is kept for it, as any that ends
 * before its operation, so that nobody does the work after all.
 */
export function decideCancelResource(
  { stack, resource: seen }: ResourceActionWithStack,
  request: RequestOf<'CancelResource'>,
  context: DecisionContext,
): ResourceActionDecision {
  const { now } = context;
  const known = present(seen, now);
  const row = known?.operationId === request.operationId ? known : undefined;
  if (row && row.status !== 'IN_PROGRESS' && row.cause === 'CANCELLED') return unchanged(row);
  const operation = runningOperation(stack, request, now);
  if ('kind' in operation) return operation;
  if (row === undefined) return resourceActionNotFound(request);
  if (row.status !== 'IN_PROGRESS') return refuse('StaleAttempt', describe(row), row);
  const statusReason = request.reason ?? `Resource ${row.action} cancelled`;
  const end = { status: 'FAILED', cause: 'CANCELLED', statusReason, change: 'CANCEL_RESOURCE' } as const;
  return write(resourceActionEnded(row, end, context));
}

/**
 * P6: the row, if the attempt is the current one and the claim on it too; else a refusal, which
 * tells the engine to stop.
 */
export function requireCurrentClaim(
  seen: ResourceActionRow | undefined,
  request: RequestOf<'Heartbeat' | 'CompleteResource' | 'ReleaseResource'>,
  now: Instant,
): ResourceActionRunning | Refused<ResourceActionRow> {
  const row = present(seen, now);
  if (row === undefined) return resourceActionNotFound(request);
  if (row.operationId !== request.operationId) {
    return refuse(
      'StaleOperation',
      `${row.resource} of stack ${row.stackId} is worked on by operation ${row.operationId} now`,
      row,
    );
  }
  if (isRunning(row) && row.attempt === request.attempt && row.claimId === request.claimId) return row;
  // One that is kept was cancelled alone: its operation goes on.
  if (row.status !== 'IN_PROGRESS' && row.cause === 'CANCELLED' && !isKeptForOperation(row)) {
    return refuse('OperationEnded', `${describe(row)}: ${row.statusReason}`, row);
  }
  return staleAttempt(row, request);
}

/** Not the engine's own any more: if that came of the same request, it has taken effect before. */
function unlessRepeated(
  refused: Refused<ResourceActionRow>,
  tookEffect: (row: ResourceActionRow) => boolean,
): ResourceActionDecision {
  const { current: row, code } = refused;
  if (row === undefined || !('resource' in row) || code === 'StaleOperation') return refused;
  return tookEffect(row) ? unchanged(row) : refused;
}

/** Of an attempt; at 12 bytes each, rows stay small. */
const REMEMBERED_RELEASES = 20;

/** 48 bits: another claim of the same attempt hardly has the same. */
const claimHash = ({ claimId }: { claimId: string }): string =>
  sha256(claimId).toString('base64url').slice(0, 8);

function isReleased(row: ResourceActionRow, claim: ClaimOfAttempt): boolean {
  if (row.attempt === claim.attempt && row.releasedClaims?.includes(claimHash(claim))) return true;
  return isReportOf(row.lastReport, claim) && row.lastReport?.outcome === 'RELEASED';
}

interface ClaimOfAttempt {
  readonly attempt: number;
  readonly claimId: string;
}

const isReportOf = (last: Report | undefined, { attempt, claimId }: ClaimOfAttempt): boolean =>
  last?.attempt === attempt && last.claimId === claimId;

export const resourceActionNotFound = ({
  stackId,
  resource,
}: {
  stackId: string;
  resource: string;
}): Refused<never> =>
  refuse(
    'ResourceNotFound',
    `stack ${stackId} has no resource action for ${resource}, or its retention time is over`,
  );

const staleAttempt = (row: ResourceActionRow, { attempt }: { attempt: number }): Refused<ResourceActionRow> =>
  refuse('StaleAttempt', `attempt ${attempt} of ${row.resource} is over: ${describe(row)}`, row);

function describe(row: ResourceActionRow): string {
  if (row.status !== 'IN_PROGRESS') {
    return `${row.resource} has ended as ${row.action}_${row.status}, cause ${row.cause}, in attempt ${row.attempt}`;
  }
  if (row.phase === 'DELAYED') return `${row.resource} is DELAYED until ${toIso(row.queueAt)}`;
  const by = row.phase === 'RUNNING' ? ` by engine ${row.engineId}` : '';
  return `${row.resource} is ${row.phase}${by} in attempt ${row.attempt}`;
}
