import type { AnswerOf, RequestOf } from '../../contract/index.ts';
import {
  decideCancelResource,
  decideClaim,
  decideCompleteResource,
  decideDispatch,
  decideRelease,
  type ResourceActionDecision,
  remainingSeconds,
  requireCurrentClaim,
  resourceActionNotFound,
} from '../domain/resource-action/commands.ts';
import {
  type ResourceActionRow,
  type ResourceActionWithStack,
  showsOutput,
  toResourceAction,
} from '../domain/resource-action/state.ts';
import { type DecisionContext, present } from '../domain/row.ts';
import { stackNotFound } from '../domain/stack/current-operation.ts';
import { inProgress, type StackInProgress } from '../domain/stack/state.ts';
import { updateResourceAction, updateResourceActionAlone } from '../shared/update-row.ts';
import { accepted, refused, resourceAnswer } from './answer.ts';
import type { CommandDependencies } from './dependencies.ts';

type ChangeRequest = RequestOf<
  'DispatchResource' | 'CompleteResource' | 'ReleaseResource' | 'CancelResource'
>;

export async function changeResourceAction(
  deps: CommandDependencies,
  request: ChangeRequest,
): Promise<AnswerOf<ChangeRequest['command']>> {
  const { resources, clock, retention } = deps;
  let before: ResourceActionRow | undefined;
  const look = (rows: ResourceActionWithStack): ResourceActionDecision => {
    before = rows.resource;
    return decide(rows, request, { now: clock.now(), retention });
  };
  const isOfEngine = request.command === 'CompleteResource' || request.command === 'ReleaseResource';
  const decision = isOfEngine
    ? await updateResourceActionAlone(resources, request, (row) => look({ stack: undefined, resource: row }))
    : await updateResourceAction(resources, request, look);
  if (decision.kind === 'refuse') return refused(deps.telemetry, request, decision);
  return resourceAnswer(recordAccepted(deps, request, decision, before));
}

/** An engine's report is decided about without the stack. */
function decide(
  rows: ResourceActionWithStack,
  request: ChangeRequest,
  context: DecisionContext,
): ResourceActionDecision {
  switch (request.command) {
    case 'DispatchResource':
      return decideDispatch(rows, request, context.now);
    case 'CompleteResource':
      return decideCompleteResource(rows.resource, request, context);
    case 'ReleaseResource':
      return decideRelease(rows.resource, request, context.now);
    case 'CancelResource':
      return decideCancelResource(rows, request, context);
  }
}

/** The row that a decision came to. */
function recordAccepted(
  { telemetry }: CommandDependencies,
  request: ChangeRequest | RequestOf<'ClaimResource'>,
  decision: Exclude<ResourceActionDecision, { kind: 'refuse' }>,
  before?: ResourceActionRow,
): ResourceActionRow {
  const row = decision.kind === 'write' ? decision.save : decision.row;
  accepted(telemetry, request, row, decision.kind === 'write', before);
  return row;
}

export async function claimResource(
  deps: CommandDependencies,
  request: RequestOf<'ClaimResource'>,
): Promise<AnswerOf<'ClaimResource'>> {
  const { resources, clock, telemetry } = deps;
  let operation: StackInProgress | undefined;
  const decision = await updateResourceAction(resources, request, (rows) => {
    operation = inProgress(rows.stack, request);
    return decideClaim(rows, request, clock.now());
  });
  if (decision.kind === 'refuse') return refused(telemetry, request, decision);
  const row = recordAccepted(deps, request, decision);
  const input = row.hasInput ? (await resources.payloads(row)).input : undefined;
  // It was replaced meanwhile: asked again, the claim is refused for that.
  if (row.hasInput && input === undefined) throw new Error(`the input of ${row.resource} has gone`);
  return {
    ...resourceAnswer(row),
    ...(input !== undefined && { input: JSON.parse(input) }),
    remainingSeconds: 'claimId' in row ? remainingSeconds(row, operation, clock.now()) : 0,
  };
}

/** The hot path: one conditional write, no read, and nothing else. */
export async function heartbeat(
  { resources, clock, telemetry }: CommandDependencies,
  request: RequestOf<'Heartbeat'>,
): Promise<AnswerOf<'Heartbeat'>> {
  const now = clock.now();
  const { recorded, row } = await resources.heartbeat(request, now);
  // Not recorded, but the engine's own: it wants no heartbeats, or has a later one.
  const own = requireCurrentClaim(row, request, now);
  if ('kind' in own) return refused(telemetry, request, own);
  accepted(telemetry, request, own, recorded);
  return { ok: true, remainingSeconds: remainingSeconds(own, undefined, now) };
}

export async function getResource(
  { store, resources, clock, telemetry }: CommandDependencies,
  request: RequestOf<'GetResource'>,
): Promise<AnswerOf<'GetResource'>> {
  const { stackId, resource } = request;
  const row = present(await resources.load(stackId, resource), clock.now());
  if (row === undefined) {
    const stack = present(await store.load(stackId), clock.now());
    return refused(telemetry, request, stack ? resourceActionNotFound(request) : stackNotFound(stackId));
  }
  const hasOutput = showsOutput(row);
  const { input, output } = row.hasInput || hasOutput ? await resources.payloads(row) : {};
  accepted(telemetry, request, row, false);
  return {
    ok: true,
    resource: toResourceAction(row),
    ...(input !== undefined && { input: JSON.parse(input) }),
    ...(hasOutput && output !== undefined && { output: JSON.parse(output) }),
  };
}
