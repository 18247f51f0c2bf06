/** Whether act two went as promised. */
import type { ResourceAction } from '../../contract/index.ts';
import { LATENESS_BOUNDS } from '../verdict.ts';
import type { Chronicle } from './chronicle.ts';
import { isSameAttempt, isSamePiece, type Loss, lossesOf } from './history.ts';
import type { Entry, Piece } from './journal.ts';
import { CREATE, DELETE, HEARTBEAT_SECONDS, MAX_ATTEMPTS } from './plan.ts';

const SLACK_SECONDS = 5;

/** From the death of an engine until that is noticed, in seconds. */
export const NOTICE_BOUND_SECONDS = HEARTBEAT_SECONDS + SLACK_SECONDS;

/** What did not hold, in words; nothing if all did. */
export function judgeEngines(chronicle: Chronicle): string[] {
  const losses = lossesOf(chronicle.entries);
  return [
    ...(chronicle.stuck === undefined ? [] : [`waited in vain: ${chronicle.stuck}`]),
    ...losses.flatMap(judgeNotice),
    ...losses
      .filter(({ operationId }) => operationId === CREATE.operationId)
      .flatMap((loss) => judgeTakeOver(loss, chronicle)),
    ...judgeCreate(chronicle),
    ...judgeDelete(chronicle),
    ...chronicle.schedules.map((name) => `the schedule ${name} was left`),
  ];
}

const nameOf = ({ resource, attempt }: Loss): string => `${resource}, attempt ${attempt}`;

function judgeNotice(loss: Loss): string[] {
  const { engine, how, at, noticedAt, endedAt } = loss;
  const known = noticedAt ?? endedAt;
  if (known === undefined) return [`${nameOf(loss)}: nobody noticed that engine ${engine} was ${how}`];
  const after = (known - at) / 1000;
  if (after <= NOTICE_BOUND_SECONDS) return [];
  return [
    `${nameOf(loss)}: that engine ${engine} was ${how} was noticed after ${after} s; at most ${NOTICE_BOUND_SECONDS} s are allowed`,
  ];
}

/** Another attempt came of it, and if the engine came back, that changed nothing. */
function judgeTakeOver(loss: Loss, { entries, seen }: Chronicle): string[] {
  const reasons: string[] = [];
  if (loss.next === undefined) reasons.push(`${nameOf(loss)}: no engine took over`);
  if (loss.how === 'killed') return reasons;
  if (
    !entries.some(
      (entry) => entry.kind === 'work' && entry.did === 'toldToStop' && isSameAttempt(loss, entry),
    )
  )
    reasons.push(`${nameOf(loss)}: engine ${loss.engine} was not told to stop`);
  const reports = entries
    .filter((entry) => entry.kind === 'lateReport')
    .filter((one) => isSameAttempt(loss, one));
  if (reports.length === 0) reasons.push(`${nameOf(loss)}: engine ${loss.engine} did not report it late`);
  for (const { answer } of reports) {
    if (answer !== 'StaleAttempt')
      reasons.push(`${nameOf(loss)}: the late report of engine ${loss.engine} was answered ${answer}`);
  }
  const row = seen.get(loss.operationId)?.resources.find((one) => isSamePiece(one, loss));
  if (row !== undefined && row.attempt <= loss.attempt)
    reasons.push(`${nameOf(loss)}: ended with the attempt that had been given away`);
  return reasons;
}

function judgeCreate({ entries, seen, resources }: Chronicle): string[] {
  const { operationId } = CREATE;
  const last = seen.get(operationId);
  if (last === undefined) return ['the CREATE was not started'];
  const { status, statusReason } = last.stack;
  const reasons = status === 'COMPLETE' ? [] : [`CREATE_${status}: ${statusReason}`];
  for (const resource of resources) {
    const row = last.resources.find((one) => one.resource === resource);
    reasons.push(...judgeCompletion({ operationId, resource }, row, entries));
  }
  return reasons;
}

/** Once, by the attempt and the engine that had it at last. */
function judgeCompletion(piece: Piece, row: ResourceAction | undefined, entries: readonly Entry[]): string[] {
  const { resource } = piece;
  if (row === undefined) return [`${resource} was never dispatched`];
  const { status, attempt, engineId } = row;
  if (status !== 'COMPLETE') return [`${resource} is ${status}`];
  const reasons: string[] = [];
  if (attempt > MAX_ATTEMPTS) reasons.push(`${resource}: attempt ${attempt} of at most ${MAX_ATTEMPTS}`);
  const about = entries.filter((entry) => 'resource' in entry && isSamePiece(entry, piece));
  const ends = new Set(
    about.flatMap((entry) => (entry.kind === 'published' && entry.status !== 'IN_PROGRESS' ? entry.id : [])),
  );
  const reports = about.filter((entry) => entry.kind === 'work' && entry.did === 'completed');
  // Either may be missing: a line of a log, or the last word of an engine.
  const times = Math.max(ends.size, reports.length);
  if (times !== 1) reasons.push(`${resource}: ended ${times} times, not once`);
  const claim = about.find(
    (entry) => entry.kind === 'work' && entry.did === 'claimed' && entry.attempt === attempt,
  );
  if (claim?.kind !== 'work' || claim.engine !== engineId)
    reasons.push(`${resource}: completed by engine ${engineId}, which did not have attempt ${attempt}`);
  return reasons;
}

function judgeDelete({ seen }: Chronicle): string[] {
  const last = seen.get(DELETE.operationId);
  if (last === undefined) return ['the DELETE was not started'];
  const { status, statusReason, cause, deadline, endedAt } = last.stack;
  const reasons: string[] = [];
  if (endedAt === undefined || cause !== 'TIMEOUT') {
    reasons.push(`DELETE_${status}, cause ${cause}, not timed out`);
  } else {
    const late = Date.parse(endedAt) - Date.parse(deadline);
    if (statusReason !== 'Timed out') reasons.push(`the DELETE's reason is ${statusReason}`);
    if (late < 0) reasons.push(`the DELETE timed out ${-late} ms before its deadline`);
    if (late > LATENESS_BOUNDS.near * 1000)
      reasons.push(`the DELETE timed out ${late} ms late; at most ${LATENESS_BOUNDS.near} s are allowed`);
  }
  for (const { resource, status, cause } of last.resources)
    if (cause !== 'CANCELLED') reasons.push(`${resource} of the DELETE: ${status}, not CANCELLED`);
  return reasons;
}
