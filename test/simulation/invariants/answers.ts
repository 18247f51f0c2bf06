/** P4: what the command function answers is what was written, or what it read while it ran. */
import type { Answer, Refusal, Request, ResourceAction, Stack } from '../../../contract/index.ts';
import { type ResourceActionRow, toResourceAction } from '../../../lambdas/domain/resource-action/state.ts';
import { type StackRow, toStack } from '../../../lambdas/domain/stack/state.ts';
import type { Process } from '../process.ts';
import { keyOf } from '../row.ts';
import { holds } from './violation.ts';

export function checkAnswer(process: Process, request: Request, answer: Answer): void {
  const tell = () => `${process.name} answered ${JSON.stringify(request)} with ${JSON.stringify(answer)}`;
  holds('P4', typeof answer.ok === 'boolean', () => `no answer: ${tell()}`);
  if (!answer.ok) {
    if (answer.error.current) checkShown(process, answer.error.current, tell);
    checkRefusal(process, request, answer.error, tell);
    return;
  }
  if ('stack' in answer) {
    checkShown(process, answer.stack, tell);
    checkStackAnswer(request, answer.stack, tell);
  }
  if ('resource' in answer) {
    checkShown(process, answer.resource, tell);
    checkResourceAnswer(process, request, answer.resource, tell);
  }
  if ('input' in answer && answer.input !== undefined) checkInput(request, answer.input, tell);
  if ('output' in answer && answer.output !== undefined) {
    // The engines say in it which attempt it is of.
    const { attempt } = answer.output as { attempt: number };
    holds('P4', attempt === answer.resource.attempt, () => `the output is of another attempt: ${tell()}`);
  }
  if ('resources' in answer) {
    const { operationId } = answer.stack;
    const own = answer.resources.every((resource) => resource.operationId === operationId);
    holds('P4', own, () => `resource actions of another operation: ${tell()}`);
  }
}

/** It is what the process read or wrote last. */
function checkShown(process: Process, shown: Stack | ResourceAction, tell: () => string): void {
  const row = process.seen.get(keyOf(shown));
  const expired = row && 'expiresAt' in row && row.expiresAt < process.startedAt - 1000;
  holds('P13', !expired, () => `its time to be shown is over: ${tell()}`);
  const view =
    row && ('resource' in row ? toResourceAction(row as ResourceActionRow) : toStack(row as StackRow));
  holds('P4', JSON.stringify(view) === JSON.stringify(shown), () => {
    return `what it last saw of the row is ${JSON.stringify(view)}: ${tell()}`;
  });
}

/** What took effect is not refused when it is asked for again. */
function checkRefusal(
  process: Process,
  request: Request,
  { code, current }: Refusal['error'],
  tell: () => string,
): void {
  if (code === 'OperationEnded' && current && !('resource' in current))
    holds('P4', current.status !== 'IN_PROGRESS', () => `it has not ended: ${tell()}`);
  if (request.command === 'StartOperation' && current)
    holds('P4', current.operationId !== request.operationId, () => `it is the current one: ${tell()}`);
  if (request.command === 'GetHistory' || !('resource' in request && 'operationId' in request)) return;
  const row = process.seen.get(keyOf(request)) as ResourceActionRow | undefined;
  if (row?.operationId !== request.operationId) return;
  if (request.command === 'CancelResource') {
    const cancelled = row.status !== 'IN_PROGRESS' && row.cause === 'CANCELLED';
    const expired = 'expiresAt' in row && row.expiresAt <= process.clock.now();
    holds('P4', !cancelled || expired, () => `it took effect before: ${tell()}`);
  }
  if (!('claimId' in request)) return;
  const { attempt, claimId } = request;
  if (request.command === 'ClaimResource' && code === 'NotClaimable') {
    const own = 'claimId' in row && row.claimId === claimId && row.attempt === attempt;
    holds('P6', !own, () => `the claim took effect before: ${tell()}`);
  }
  if (request.command !== 'CompleteResource') return;
  const { lastReport: last } = row;
  const same = last?.attempt === attempt && last.claimId === claimId && last.outcome === request.status;
  const expired = 'expiresAt' in row && row.expiresAt <= process.clock.now();
  holds('P6', !same || expired, () => `the report took effect before: ${tell()}`);
}

function checkStackAnswer(request: Request, stack: Stack, tell: () => string): void {
  if ('operationId' in request)
    holds('P4', stack.operationId === request.operationId, () => `another operation: ${tell()}`);
  if (request.command === 'CompleteOperation') {
    const reported = stack.status === request.status && stack.cause === 'REPORTED';
    holds('P4', reported, () => `it did not end so: ${tell()}`);
  }
  if (request.command === 'CancelOperation')
    holds('P4', stack.cause === 'CANCELLED', () => `it was not cancelled: ${tell()}`);
  if (request.command === 'ExtendOperation')
    holds('P4', stack.status === 'IN_PROGRESS', () => `it had ended: ${tell()}`);
}

function checkResourceAnswer(
  process: Process,
  request: Request,
  shown: ResourceAction,
  tell: () => string,
): void {
  const row = process.seen.get(keyOf(shown)) as ResourceActionRow;
  if ('operationId' in request)
    holds('P4', shown.operationId === request.operationId, () => `another operation: ${tell()}`);
  if (request.command === 'CancelResource')
    holds('P4', shown.cause === 'CANCELLED', () => `it was not cancelled: ${tell()}`);
  if (request.command === 'ClaimResource') {
    const own = 'claimId' in row && row.claimId === request.claimId && row.attempt === request.attempt;
    holds('P6', own, () => `the claim is not this one: ${tell()}`);
  }
  if (request.command !== 'CompleteResource') return;
  const { attempt, claimId } = request;
  const { lastReport: last } = row;
  const counts = last?.attempt === attempt && last.claimId === claimId && last.outcome === request.status;
  holds('P6', counts, () => `the report does not count: ${tell()}`);
}

/** The input that belongs to the operation (the scripts say so in it). */
function checkInput(request: Request, input: unknown, tell: () => string): void {
  if (!('operationId' in request)) return;
  const { operationId } = input as { operationId?: string };
  holds('P4', operationId === request.operationId, () => `the input is of another operation: ${tell()}`);
}
