/** What each transition of a stack may do, and who may make it. */
import type { Parent, Request } from '../../../contract/index.ts';
import type { StackRequest } from '../../../lambdas/domain/stack/commands.ts';
import {
  inProgress,
  type StackInProgress,
  type StackRow,
  type StackTransition,
} from '../../../lambdas/domain/stack/state.ts';
import type { ProcessKind } from '../process.ts';
import { described, sameTimer, short, type Write } from '../row.ts';
import { holds } from './violation.ts';

const WRITERS: Readonly<Record<StackTransition, readonly ProcessKind[]>> = {
  START: ['command'],
  SUPERSEDE: ['command'],
  COMPLETE: ['command'],
  CANCEL: ['command'],
  EXTEND: ['command', 'effects'],
  FOLLOW: ['wake', 'sweep'],
  SHORTEN: ['command', 'effects'],
  REARM: ['wake', 'sweep', 'command'],
  TIMEOUT: ['wake', 'sweep'],
  RESOURCE_FAILED: ['effects'],
  PARENT_ENDED: ['effects'],
};
const COMMANDS: Partial<Record<StackTransition, Request['command']>> = {
  START: 'StartOperation',
  SUPERSEDE: 'StartOperation',
  COMPLETE: 'CompleteOperation',
  CANCEL: 'CancelOperation',
  EXTEND: 'ExtendOperation',
  SHORTEN: 'ExtendOperation',
};

type Tell = () => string;

export function checkStackWrite(write: Write<StackRow>, skew: number): void {
  const { before, after, writer } = write;
  const { change } = after;
  const { kind, name, about } = writer.process;
  const tell = () => `${name} wrote ${described(after)} over ${described(before)}`;
  holds('P4', WRITERS[change].includes(kind), () => `${kind} does not make this change: ${tell()}`);
  // An operator's request to rearm names no operation.
  const request = kind === 'command' && change !== 'REARM' ? (about as StackRequest) : undefined;
  if (request) checkRequest(after, request, tell);
  checkParent(write, tell);
  if (change === 'START' || change === 'SUPERSEDE') {
    checkStart(write, request, tell);
    return;
  }
  holds('P4', before?.operationId === after.operationId, () => `that is another operation: ${tell()}`);
  holds('P4', before.status === 'IN_PROGRESS', () => `it had ended: ${tell()}`);
  if (change === 'EXTEND' || change === 'SHORTEN' || change === 'FOLLOW')
    checkMove(before, write, request, tell);
  else holds('P9', after.deadline === before.deadline, () => `the deadline moved: ${tell()}`);
  if (change === 'TIMEOUT') {
    checkTimeout(before.deadline, write, skew, tell);
    checkFollowed(before, write, tell);
  }
}

function checkRequest(after: StackRow, request: StackRequest, tell: Tell): void {
  const asked = request.command === COMMANDS[after.change] && request.operationId === after.operationId;
  holds('P4', asked, () => `asked was ${JSON.stringify(request)}: ${tell()}`);
  if (request.command === 'CompleteOperation')
    holds('P4', after.status === request.status, () => `reported was ${request.status}: ${tell()}`);
}

function checkMove(
  before: StackInProgress,
  { after, writer }: Write<StackRow>,
  request: StackRequest | undefined,
  tell: Tell,
): void {
  holds('P9', after.status === 'IN_PROGRESS', () => `it ended: ${tell()}`);
  const later = after.deadline >= before.deadline;
  holds('P9', later === (after.change !== 'SHORTEN'), () => `the deadline moves the other way: ${tell()}`);
  holds('P9', request || after.parent, () => `nobody asked for another deadline: ${tell()}`);
  if (request?.command === 'ExtendOperation') {
    const asked = writer.decidedAt + request.timeoutSeconds * 1000;
    const clamped = after.parent !== undefined && after.deadline < asked;
    holds('P9', after.deadline === asked || clamped, () => `asked was ${short(asked)}: ${tell()}`);
  }
  if (after.deadline < before.timer.dueAt)
    holds('P9', after.timer.dueAt === after.deadline, () => `shortening takes no effect: ${tell()}`);
  // A wake-up that finds the parent extended is used up: it needs another one.
  else if (writer.process.kind !== 'wake' && writer.process.kind !== 'sweep')
    holds('P9', sameTimer(after.timer, before.timer), () => `extending costs a scheduler call: ${tell()}`);
}

function checkTimeout(
  deadline: number,
  { after, writer, at }: Write<StackRow>,
  skew: number,
  tell: Tell,
): void {
  holds('P1', writer.decidedAt >= deadline, () => `by its clock it is ${short(writer.decidedAt)}: ${tell()}`);
  holds('P1', at >= deadline - skew, () => `it is ${short(at)}: ${tell()}`);
  holds('P1', after.status !== 'IN_PROGRESS' && after.endedAt >= deadline, () => `ended early: ${tell()}`);
}

/**
 * A child that got less time than it asked for has the time that its parent has by now, as it was
 * read.
 */
function checkFollowed(before: StackInProgress, { writer }: Write<StackRow>, tell: Tell): void {
  if (before.askedDeadline === undefined || before.parent === undefined) return;
  const parent = writer.process.seen.get(before.parent.stackId) as StackRow | undefined;
  const running = parent && inProgress(parent, before.parent);
  const deadline = Math.min(before.askedDeadline, running?.deadline ?? 0);
  holds('P9', deadline <= writer.decidedAt, () => `its parent has time until ${short(deadline)}: ${tell()}`);
}

function checkStart(write: Write<StackRow>, request: StackRequest | undefined, tell: Tell): void {
  const { before, after, writer } = write;
  if (request?.command !== 'StartOperation') return;
  const expired = before !== undefined && 'expiresAt' in before && before.expiresAt <= writer.decidedAt;
  const replaces = before?.status === 'IN_PROGRESS';
  holds('P4', !replaces || request.supersede === true, () => `nobody asked to supersede: ${tell()}`);
  holds(
    'P4',
    replaces === (after.change === 'SUPERSEDE'),
    () => `the name of the change is wrong: ${tell()}`,
  );
  const known = before !== undefined && !expired && before.endedOperationIds.includes(after.operationId);
  holds('P4', !known, () => `this operation ended before: ${tell()}`);
  const asked = writer.decidedAt + request.timeoutSeconds * 1000;
  const kept = after.deadline === asked || (request.parent !== undefined && after.deadline < asked);
  holds('P9', kept, () => `asked was ${short(asked)}: ${tell()}`);
}

/** A child's deadline is not later than that of its parent, as it was read. */
function checkParent({ after, writer }: Write<StackRow>, tell: Tell): void {
  if (after.parent === undefined || writer.process.kind !== 'command' || after.change === 'REARM') return;
  if (after.status !== 'IN_PROGRESS') return;
  const parent = writer.process.seen.get(after.parent.stackId) as StackRow | undefined;
  holds('P13', parent?.operationId === after.parent.operationId, () => `the parent was not read: ${tell()}`);
  holds('P13', parent.status === 'IN_PROGRESS', () => `the parent had ended: ${tell()}`);
  let above: StackRow | undefined = parent;
  for (let n = 0; n < 16 && above !== undefined; n++) {
    holds('P13', above.stackId !== after.stackId, () => `it is its own descendant: ${tell()}`);
    const link: Parent | undefined = above.parent;
    above = link && inProgress(writer.process.seen.get(link.stackId) as StackRow | undefined, link);
  }
  holds(
    'P13',
    after.deadline <= parent.deadline,
    () => `the parent ends ${short(parent.deadline)}: ${tell()}`,
  );
}
