import type { AnswerOf } from '../../contract/index.ts';
import { decideStackCommand, type StackRequest } from '../domain/stack/commands.ts';
import type { StackRow } from '../domain/stack/state.ts';
import { updateStackWithParent } from '../shared/update-row.ts';
import { accepted, refused, stackAnswer } from './answer.ts';
import type { CommandDependencies } from './dependencies.ts';

/** The parent whose deadline bounds that of the stack: it is read along with it. */
const parentOf = (request: StackRequest) => (seen: StackRow | undefined) => {
  if (request.command === 'StartOperation') return request.parent;
  return request.command === 'ExtendOperation' ? seen?.parent : undefined;
};

export async function changeStack(
  { store, clock, telemetry, retention }: CommandDependencies,
  request: StackRequest,
): Promise<AnswerOf<StackRequest['command']>> {
  const decision = await updateStackWithParent(
    store,
    request.stackId,
    parentOf(request),
    (seen) => decideStackCommand(seen, request, { now: clock.now(), retention }),
    request.command === 'StartOperation',
  );
  if (decision.kind === 'refuse') return refused(telemetry, request, decision);
  const row = decision.kind === 'write' ? decision.save : decision.row;
  accepted(telemetry, request, row, decision.kind === 'write');
  return stackAnswer(row);
}
