/**
 * What each command does to a resource action: pure functions of (rows, request, now).
 * The caller saves what is to be written if the row's version is still the one seen, else decides again.
 */
import { createHash } from 'node:crypto';
import type { RequestOf } from '../../../contract/index.ts';
import { type Refused, refuse, runningOperation } from '../refusal.ts';
import { generationOf, present, type StackInProgress, type StackRow } from '../stack/state.ts';
import { type Instant, type Milliseconds, SECOND } from '../time.ts';
import { attemptFailed, queued } from './attempt.ts';
import {
  carriedOver,
  type Report,
  type ResourceQueued,
  type ResourceRow,
  type ResourceRunning,
  resourceEnded,
  type Untimed,
  withNewTimer,
  withTimer,
} from './state.ts';

export type ResourceDecision =
  /** Save this row, and with it what belongs to it; it becomes the answer. */
  | { readonly kind: 'write'; readonly save: ResourceRow; readonly payload?: Payload }
  /** The request has taken effect before; the row as it is becomes the answer. */
  | { readonly kind: 'unchanged'; readonly row: ResourceRow; readonly save?: never }
  | Refused;

/** What is saved beside the row, as JSON. */
export interface Payload {
  readonly kind: 'input' | 'output';
  readonly json: string;
}

export interface ResourceRows {
  readonly stack: StackRow | undefined;
  readonly resource: ResourceRow | undefined;
}

const write = (save: ResourceRow, payload?: Payload): ResourceDecision => ({
  kind: 'write',
  save,
  ...(payload && { payload }),
});
const unchanged = (row: ResourceRow): ResourceDecision => ({ kind: 'unchanged', row });

const payloadOf = (kind: Payload['kind'], value: unknown): Payload | undefined =>
  value === undefined ? undefined : { kind, json: JSON.stringify(value) };

export function decideDispatch(
  { stack, resource: seen }: ResourceRows,
  request: RequestOf<'DispatchResource'>,
  now: Instant,
): ResourceDecision {
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
  return write(withNewTimer<ResourceQueued>(row, generation, now), payloadOf('input', request.input));
}

function dispatched(
  request: RequestOf<'DispatchResource'>,
  fingerprint: string,
  version: number,
  now: Instant,
): Untimed<ResourceQueued> {
  const { scheduleToStartSeconds, scheduleToCloseSeconds, heartbeatSeconds, retry = {} } = request;
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
  };
  return queued(common, 'DISPATCH', `Resource ${request.action} waits for an engine`, now);
}

/** A hash of what was asked for, whatever the order of its fields. */
function fingerprintOf({ command: _, ...request }: RequestOf<'DispatchResource'>): string {
  const sorted = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(request, sorted)).digest('base64url');
}

export function decideClaim(
  { stack, resource: seen }: ResourceRows,
  request: RequestOf<'ClaimResource'>,
  now: Instant,
): ResourceDecision {
  const operation = runningOperation(stack, request, now);
  if ('kind' in operation) return operation;
  const row = present(seen, now);
  if (row?.operationId !== request.operationId) return resourceNotFound(request);
  if (row.attempt !== request.attempt) return staleAttempt(row, request);
  if (row.status !== 'IN_PROGRESS' || row.phase !== 'QUEUED') {
    if ('claimId' in row && row.claimId === request.claimId) return unchanged(row);
    return refuse('NotClaimable', `${describe(row)}`, row);
  }
  if (isReportOf(row.lastReport, request)) {
    // A call that took long, asked again meanwhile: its engine is done with the attempt.
    return refuse('NotClaimable', `claim ${request.claimId} of ${row.resource} has been released`, row);
  }
  if (Math.min(row.finalDeadline ?? operation.deadline, operation.deadline) <= now) {
    return refuse('NotClaimable', `no time is left for ${row.resource}`, row);
  }
  return write(claimed(row, request, now));
}

function claimed(
  row: ResourceQueued,
  { engineId, claimId }: RequestOf<'ClaimResource'>,
  now: Instant,
): ResourceRunning {
  const next: Untimed<ResourceRunning> = {
    ...carriedOver(row),
    status: 'IN_PROGRESS',
    phase: 'RUNNING',
    engineId,
    claimId,
    attemptDeadline: now + row.startToClose,
    ...(row.heartbeat !== undefined && { heartbeatDeadline: now + row.heartbeat }),
    statusReason: `Resource ${row.action} started by engine ${engineId}`,
    change: 'CLAIM',
  };
  return withTimer<ResourceRunning>(next, row.timer, now);
}

/**
 * Whole seconds left for an attempt; with the stack row, those that the operation has left too. Only an attempt that is
 * over has none: 0 tells its engine to stop.
 */
export function remainingSeconds(
  row: ResourceRunning,
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
  seen: ResourceRow | undefined,
  request: RequestOf<'CompleteResource'>,
  { now, retention }: { now: Instant; retention: Milliseconds },
): ResourceDecision {
  const row = ownClaim(seen, request, now);
  if ('kind' in row) return reportedBefore(row, request, request.status);
  const lastReport = { attempt: row.attempt, claimId: row.claimId, outcome: request.status };
  const output = payloadOf('output', request.output);
  const reported = { ...row, lastReport, ...(output && { outputAttempt: row.attempt }) };
  const statusReason =
    request.reason ??
    `Resource ${row.action} ${request.status === 'COMPLETE' ? 'completed successfully' : 'failed'}`;
  if (request.status === 'COMPLETE') {
    const end = { status: 'COMPLETE', cause: 'REPORTED', statusReason, change: 'COMPLETE' } as const;
    return write(resourceEnded(reported, end, now, retention), output);
  }
  const failure = { cause: 'REPORTED', statusReason, change: 'COMPLETE', since: now } as const;
  const retryable = request.retryable ?? true;
  return write(attemptFailed(reported, failure, { now, retention, retryable }), output);
}

/** Gives the attempt back: QUEUED again, and no attempt consumed. */
export function decideRelease(
  seen: ResourceRow | undefined,
  request: RequestOf<'ReleaseResource'>,
  now: Instant,
): ResourceDecision {
  const row = ownClaim(seen, request, now);
  if ('kind' in row) return reportedBefore(row, request, 'RELEASED');
  const lastReport = { attempt: row.attempt, claimId: row.claimId, outcome: 'RELEASED' } as const;
  const reason = `Released by engine ${row.engineId}; waits for another one`;
  const next = queued(carriedOver({ ...row, lastReport }), 'RELEASE', reason, now);
  return write(withTimer<ResourceQueued>(next, row.timer, now));
}

/**
 * P6: the row, if the attempt is the current one and the claim on it too; else a refusal, which tells the engine to
 * stop.
 */
export function ownClaim(
  seen: ResourceRow | undefined,
  request: RequestOf<'Heartbeat' | 'CompleteResource' | 'ReleaseResource'>,
  now: Instant,
): ResourceRunning | Refused {
  const row = present(seen, now);
  if (row === undefined) return resourceNotFound(request);
  if (row.operationId !== request.operationId) {
    return refuse(
      'StaleOperation',
      `${row.resource} of stack ${row.stackId} is worked on by operation ${row.operationId} now`,
      row,
    );
  }
  if (isRunning(row) && row.attempt === request.attempt && row.claimId === request.claimId) return row;
  if (row.status !== 'IN_PROGRESS' && row.cause === 'CANCELLED') {
    return refuse('OperationEnded', `${describe(row)}: ${row.statusReason}`, row);
  }
  return staleAttempt(row, request);
}

/** Not the engine's own any more: if that came of the same report, it has taken effect before. */
function reportedBefore(
  refused: Refused,
  claim: ClaimOfAttempt,
  outcome: Report['outcome'],
): ResourceDecision {
  const row = refused.current;
  if (row === undefined || !('lastReport' in row)) return refused;
  const { lastReport: last } = row;
  const same = isReportOf(last, claim) && last?.outcome === outcome;
  return same && refused.code !== 'StaleOperation' ? unchanged(row) : refused;
}

interface ClaimOfAttempt {
  readonly attempt: number;
  readonly claimId: string;
}

const isReportOf = (last: Report | undefined, { attempt, claimId }: ClaimOfAttempt): boolean =>
  last?.attempt === attempt && last.claimId === claimId;

const isRunning = (row: ResourceRow): row is ResourceRunning =>
  row.status === 'IN_PROGRESS' && row.phase === 'RUNNING';

export const resourceNotFound = ({ stackId, resource }: { stackId: string; resource: string }): Refused =>
  refuse(
    'ResourceNotFound',
    `stack ${stackId} has no resource action for ${resource}, or its retention time is over`,
  );

const staleAttempt = (row: ResourceRow, { attempt }: { attempt: number }): Refused =>
  refuse('StaleAttempt', `attempt ${attempt} of ${row.resource} is over: ${describe(row)}`, row);

function describe(row: ResourceRow): string {
  if (row.status !== 'IN_PROGRESS') {
    return `${row.resource} has ended as ${row.action}_${row.status}, cause ${row.cause}, in attempt ${row.attempt}`;
  }
  const by = row.phase === 'RUNNING' ? ` by engine ${row.engineId}` : '';
  return `${row.resource} is ${row.phase}${by} in attempt ${row.attempt}`;
}
