/** What each transition of a resource action may do, and who may make it. */
import type { Request, RequestOf, Timeout } from '../../../contract/index.ts';
import type {
  ResourceActionRow,
  ResourceActionTransition,
} from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import type { ProcessKind } from '../process.ts';
import { described, sameTimer, short, type Write } from '../row.ts';
import { holds } from './violation.ts';

const WRITERS: Readonly<Record<ResourceActionTransition, readonly ProcessKind[]>> = {
  DISPATCH: ['command'],
  QUEUE: ['wake', 'sweep'],
  CLAIM: ['command'],
  HEARTBEAT: ['command'],
  COMPLETE: ['command'],
  RELEASE: ['command'],
  OFFER: ['wake', 'sweep'],
  RETRY: ['wake', 'sweep'],
  REARM: ['wake', 'sweep', 'command'],
  GRANT: ['wake', 'sweep'],
  TIMEOUT: ['wake', 'sweep'],
  ENGINE_LOST: ['wake', 'sweep'],
  NO_ENGINE: ['wake', 'sweep'],
  CANCEL: ['effects', 'wake', 'sweep'],
  CANCEL_RESOURCE: ['command'],
  EXPIRE: ['effects'],
};

type Tell = () => string;

export function checkResourceWrite(write: Write<ResourceActionRow>, skew: number): void {
  const { before, after, writer } = write;
  const { kind, name, about } = writer.process;
  const { change } = after;
  const tell = () => `${name} wrote ${described(after)} over ${described(before)}`;
  holds('P4', WRITERS[change].includes(kind), () => `${kind} does not make this change: ${tell()}`);
  if (change !== 'CANCEL' && kind !== 'effects' && !isRearm(write)) checkOperation(write, tell);
  if (change === 'DISPATCH') checkDispatch(write, about as RequestOf<'DispatchResource'>, tell);
  else checkTransition(write, skew, tell);
}

/** Asked for by an operator: whatever becomes of the operation, the next wake-up looks. */
const isRearm = ({ after, writer }: Write): boolean =>
  after.change === 'REARM' && writer.process.kind === 'command';

function checkTransition(write: Write<ResourceActionRow>, skew: number, tell: Tell): void {
  const { before, after, writer } = write;
  const { kind, about } = writer.process;
  const { change } = after;
  holds('P4', before?.operationId === after.operationId, () => `that is of another operation: ${tell()}`);
  holds('P9', before.finalDeadline === after.finalDeadline, () => `the final deadline moved: ${tell()}`);
  checkAttempt(write, tell);
  checkFailure(write, tell);
  checkTold(write, tell);
  if (change === 'CLAIM') checkClaim(write, about as RequestOf<'ClaimResource'>, tell);
  if (change === 'CANCEL_RESOURCE') checkCancel(write, about as Request, tell);
  checkDelay(write, tell);
  if (kind === 'command' && change !== 'CLAIM' && !isRearm(write))
    checkOwnClaim(write, about as Request, tell);
  checkDue(write, skew, tell);
  if (change === 'HEARTBEAT') checkHeartbeat(write, tell);
  else if (before.status === 'IN_PROGRESS' && before.phase === 'RUNNING' && after.status === 'IN_PROGRESS')
    if (after.phase === 'RUNNING')
      holds(
        'P9',
        after.attemptDeadline === before.attemptDeadline,
        () => `the attempt's deadline moved: ${tell()}`,
      );
}

/**
 * It lives only while its operation is the current one: whoever goes on with it has read that it
 * is.
 */
function checkOperation({ after, writer }: Write<ResourceActionRow>, tell: Tell): void {
  if (['HEARTBEAT', 'COMPLETE', 'RELEASE'].includes(after.change)) return;
  const stack = writer.stack as StackRow | undefined;
  const running = stack?.status === 'IN_PROGRESS' && stack.operationId === after.operationId;
  holds('P8', running, () => `what it read of the operation was ${described(stack)}: ${tell()}`);
}

function checkDispatch(
  { after, writer }: Write<ResourceActionRow>,
  request: RequestOf<'DispatchResource'>,
  tell: Tell,
): void {
  const now = writer.decidedAt;
  const due = (seconds: number | undefined) => (seconds === undefined ? undefined : now + seconds * 1000);
  holds('P4', after.operationId === request.operationId, () => `asked was ${request.operationId}: ${tell()}`);
  holds(
    'P9',
    after.finalDeadline === due(request.scheduleToCloseSeconds),
    () => `another final deadline: ${tell()}`,
  );
  holds(
    'P9',
    after.startToClose === request.startToCloseSeconds * 1000,
    () => `another startToClose: ${tell()}`,
  );
  const { delaySeconds = 0 } = request;
  const phase = delaySeconds > 0 ? 'DELAYED' : 'QUEUED';
  holds('P8', after.attempt === 1 && 'phase' in after && after.phase === phase, () => `no start: ${tell()}`);
  if (after.phase === 'DELAYED')
    holds('P9', after.queueAt === due(delaySeconds), () => `another delay: ${tell()}`);
  if (after.phase !== 'QUEUED') return;
  holds(
    'P9',
    after.startDeadline === due(request.scheduleToStartSeconds),
    () => `another start deadline: ${tell()}`,
  );
  holds('P2', after.offerAt <= now + 90_000, () => `it is not offered again soon: ${tell()}`);
}

/** What is delayed is queued first, and its time to start counts from when it was to be queued. */
function checkDelay({ before, after }: Write<ResourceActionRow>, tell: Tell): void {
  if (before?.status !== 'IN_PROGRESS' || before.phase !== 'DELAYED') return;
  if (after.status !== 'IN_PROGRESS') return;
  if (after.phase === 'DELAYED' && after.change === 'REARM') return;
  holds('P1', after.change === 'QUEUE', () => `it goes on before it is queued: ${tell()}`);
  if (after.phase !== 'QUEUED') return;
  const { scheduleToStart } = after;
  const due = scheduleToStart && before.queueAt + scheduleToStart;
  holds('P9', after.startDeadline === due, () => `another start deadline: ${tell()}`);
}

/** Somebody has asked for it. */
function checkCancel({ after }: Write<ResourceActionRow>, request: Request, tell: Tell): void {
  const asked = request.command === 'CancelResource' && request.operationId === after.operationId;
  holds('P4', asked && after.status === 'FAILED', () => `asked was ${JSON.stringify(request)}: ${tell()}`);
}

function checkAttempt({ before, after }: Write<ResourceActionRow>, tell: Tell): void {
  if (before === undefined) return;
  const failed = ['COMPLETE', 'TIMEOUT', 'ENGINE_LOST'].includes(after.change);
  const mayRise = after.change === 'RETRY' || failed;
  const rises = after.attempt === before.attempt + 1;
  holds(
    'P8',
    after.attempt === before.attempt || (mayRise && rises),
    () => `attempts do not count so: ${tell()}`,
  );
  if (after.change === 'RETRY') holds('P8', rises, () => `the failed attempt does not count: ${tell()}`);
  holds(
    'P8',
    after.attempt <= after.retry.maxAttempts,
    () => `more than ${after.retry.maxAttempts}: ${tell()}`,
  );
  if (after.status === 'IN_PROGRESS' && after.phase === 'QUEUED' && failed)
    holds('P8', rises, () => `the failed attempt does not count: ${tell()}`);
}

/**
 * An attempt that another one follows: how it failed is kept, and there is time for the next one.
 */
function checkFailure({ before, after }: Write<ResourceActionRow>, tell: Tell): void {
  if (before?.status !== 'IN_PROGRESS') return;
  const failed = ['COMPLETE', 'TIMEOUT', 'ENGINE_LOST'].includes(after.change);
  if (failed && after.status === 'IN_PROGRESS' && before.phase === 'RUNNING') {
    const { attempt, engineId } = before;
    const { lastFailure: last } = after;
    const told = last?.attempt === attempt && last.engineId === engineId;
    holds('P8', told, () => `how attempt ${attempt} failed is not kept: ${tell()}`);
    const begins = after.phase === 'BACKOFF' ? after.retryAt : last.at;
    const inTime = begins < (after.finalDeadline ?? Number.POSITIVE_INFINITY);
    holds('P8', inTime, () => `the next attempt can never begin: ${tell()}`);
    return;
  }
  const kept = JSON.stringify(after.lastFailure) === JSON.stringify(before.lastFailure);
  holds('P8', kept, () => `how an attempt failed is forgotten: ${tell()}`);
}

/** P15: which timeout was reached, when it was due, and since when the row is in its phase. */
function checkTold({ before, after, writer }: Write<ResourceActionRow>, tell: Tell): void {
  if (before?.status !== 'IN_PROGRESS') return;
  const deadlines: Readonly<Partial<Record<Timeout, number | undefined>>> = {
    SCHEDULE_TO_CLOSE: before.finalDeadline,
    ...(before.phase === 'QUEUED' && { SCHEDULE_TO_START: before.startDeadline }),
    ...(before.phase === 'RUNNING' && { START_TO_CLOSE: before.attemptDeadline }),
    ...(before.phase === 'RUNNING' && { HEARTBEAT: before.heartbeatDeadline }),
  };
  const missed = 'missed' in after ? after.missed : undefined;
  if (['TIMEOUT', 'ENGINE_LOST', 'NO_ENGINE'].includes(after.change)) {
    const due = missed && deadlines[missed.timeout];
    const isTold = due !== undefined && due === missed?.deadline && due <= writer.decidedAt;
    holds('P15', isTold, () => `the timeout is not told, but ${JSON.stringify(missed)}: ${tell()}`);
  }
  if (after.status !== 'IN_PROGRESS') return;
  const goesOn = before.phase === after.phase && before.attempt === after.attempt;
  const since = goesOn ? before.phaseStartedAt : after.phaseStartedAt;
  const isSince = goesOn || (since !== undefined && since >= writer.decidedAt);
  holds(
    'P15',
    isSince && after.phaseStartedAt === since,
    () => `since when it is in its phase is not told: ${tell()}`,
  );
}

function checkClaim(
  { before, after, writer }: Write<ResourceActionRow>,
  request: RequestOf<'ClaimResource'>,
  tell: Tell,
): void {
  if (before?.status !== 'IN_PROGRESS' || after.status !== 'IN_PROGRESS' || after.phase !== 'RUNNING') return;
  const now = writer.decidedAt;
  const stack = writer.stack as StackRow;
  const end = Math.min(stack.deadline, before.finalDeadline ?? stack.deadline);
  const lasts = after.attemptDeadline === now + after.startToClose;
  const beats = after.heartbeatDeadline === (after.heartbeat && now + after.heartbeat);
  holds('P6', before.phase === 'QUEUED', () => `it was not to be had: ${tell()}`);
  holds('P6', before.attempt === request.attempt, () => `claimed was attempt ${request.attempt}: ${tell()}`);
  holds('P6', after.claimId === request.claimId, () => `claimed was with ${request.claimId}: ${tell()}`);
  holds('P8', now < end, () => `no time is left, it ends ${short(end)}: ${tell()}`);
  holds('P9', lasts && beats, () => `its deadlines are not those that were asked for: ${tell()}`);
}

/** P6: what an engine says of an attempt counts only if the attempt is its own. */
function checkOwnClaim({ before, after }: Write<ResourceActionRow>, request: Request, tell: Tell): void {
  if (!('claimId' in request)) return;
  const own =
    before?.status === 'IN_PROGRESS' &&
    before.phase === 'RUNNING' &&
    before.operationId === request.operationId &&
    before.attempt === request.attempt &&
    before.claimId === request.claimId;
  holds('P6', own, () => `attempt ${request.attempt}, claim ${request.claimId} has no say: ${tell()}`);
  if (request.command === 'CompleteResource' && after.status !== 'IN_PROGRESS')
    holds('P4', after.status === request.status, () => `reported was ${request.status}: ${tell()}`);
}

function checkHeartbeat({ before, after, writer }: Write<ResourceActionRow>, tell: Tell): void {
  if (before?.status !== 'IN_PROGRESS' || after.status !== 'IN_PROGRESS' || after.phase !== 'RUNNING') return;
  const beats = after.heartbeatDeadline === writer.decidedAt + (after.heartbeat ?? 0);
  const back =
    (after.heartbeatDeadline ?? 0) < (before.phase === 'RUNNING' ? (before.heartbeatDeadline ?? 0) : 0);
  holds('P11', !back, () => `a heartbeat moves the deadline back: ${tell()}`);
  holds('P11', beats, () => `the heartbeat's deadline is not an interval ahead: ${tell()}`);
  holds('P9', sameTimer(after.timer, before.timer), () => `a heartbeat touches the timer: ${tell()}`);
}

/**
 * P1: what a row ended or went on by had come, by the writer's clock and nearly by the true time.
 */
function checkDue({ before, after, writer, at }: Write<ResourceActionRow>, skew: number, tell: Tell): void {
  if (before?.status !== 'IN_PROGRESS') return;
  const due = dueOf(before, after.change);
  if (due === undefined) return;
  holds(
    'P1',
    writer.decidedAt >= due,
    () => `by its clock it is ${short(writer.decidedAt)}, due ${short(due)}: ${tell()}`,
  );
  holds('P1', at >= due - skew, () => `it is ${short(at)}, due ${short(due)}: ${tell()}`);
}

/** When a change may come at the earliest; undefined: at any time. */
export function dueOf(
  row: ResourceActionRow & { status: 'IN_PROGRESS' },
  change: ResourceActionTransition,
): number | undefined {
  const never = Number.POSITIVE_INFINITY;
  const { finalDeadline = never } = row;
  switch (change) {
    case 'TIMEOUT':
      return Math.min(finalDeadline, row.phase === 'RUNNING' ? row.attemptDeadline : never);
    case 'ENGINE_LOST':
    case 'GRANT':
      return row.phase === 'RUNNING' ? (row.heartbeatDeadline ?? never) : never;
    case 'NO_ENGINE':
      return row.phase === 'QUEUED' ? (row.startDeadline ?? never) : never;
    case 'OFFER':
      return row.phase === 'QUEUED' ? row.offerAt : never;
    case 'QUEUE':
      return row.phase === 'DELAYED' ? row.queueAt : never;
    case 'RETRY':
      return row.phase === 'BACKOFF' ? row.retryAt : never;
    default:
      return undefined;
  }
}
