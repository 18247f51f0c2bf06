import type { Caller } from '../../contract/deployment.ts';
import { type Answer, parseRequest, type Request, type RequestOf } from '../../contract/index.ts';
import { parseRearm, type RearmAnswer } from '../../contract/rearm.ts';
import { isCanary, recordCanary } from '../shared/canary.ts';
import { refusal } from './answer.ts';
import { isPermitted } from './caller.ts';
import type { CommandDependencies } from './dependencies.ts';
import { getHistory } from './get-history.ts';
import { getStack } from './get-stack.ts';
import { listStacks } from './list-stacks.ts';
import { rearm } from './rearm.ts';
import { changeResourceAction, claimResource, getResource, heartbeat } from './resource-commands.ts';
import { changeStack } from './stack-commands.ts';

export type { CommandDependencies } from './dependencies.ts';

/**
 * Answers one request. What is refused is an answer; only trouble of the infrastructure is thrown,
 * and means "try again": every command may be repeated.
 */
export async function command(
  deps: CommandDependencies,
  payload: unknown,
  caller: Caller = 'operator',
): Promise<Answer | RearmAnswer | { ok: true }> {
  if (caller === 'operator' && isCanary(payload)) {
    await recordCanary(deps);
    return { ok: true };
  }
  const parsed = parseRearm(payload) ?? parseRequest(payload);
  if (!parsed.ok) {
    deps.telemetry.record({ kind: 'refused', code: 'ValidationError', reason: parsed.message });
    return refusal('ValidationError', parsed.message);
  }
  const requested = 'rearm' in parsed.value ? 'rearm' : parsed.value.command;
  if (!isPermitted(caller, requested)) {
    const reason = `${requested} is for operators, not for workers: invoke the function's alias operator`;
    deps.telemetry.record({ kind: 'refused', code: 'NotPermitted', reason });
    return refusal('NotPermitted', reason);
  }
  return 'rearm' in parsed.value ? rearm(deps, parsed.value) : answer(deps, parsed.value);
}

function answer(deps: CommandDependencies, request: Request): Promise<Answer> {
  switch (request.command) {
    case 'StartOperation':
    case 'CompleteOperation':
    case 'CancelOperation':
    case 'ExtendOperation':
      return changeStack(deps, request);
    case 'GetStack':
      return getStack(deps, request);
    case 'GetHistory':
      return getHistory(deps, request);
    case 'ListStacks':
      return list(deps, request);
    case 'DispatchResource':
    case 'CompleteResource':
    case 'ReleaseResource':
    case 'CancelResource':
      return changeResourceAction(deps, request);
    case 'ClaimResource':
      return claimResource(deps, request);
    case 'Heartbeat':
      return heartbeat(deps, request);
    case 'GetResource':
      return getResource(deps, request);
  }
}

async function list(deps: CommandDependencies, request: RequestOf<'ListStacks'>): Promise<Answer> {
  const listed = await listStacks(deps, request);
  deps.telemetry.record(
    listed.ok
      ? { kind: 'listed', stacks: listed.stacks.length }
      : { kind: 'refused', code: listed.error.code, reason: listed.error.message },
  );
  return listed;
}
