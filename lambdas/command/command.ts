import { type Answer, parseRequest } from '../contract.ts';
import { decideCommand } from '../domain/commands.ts';
import { generationOf } from '../domain/stack.ts';
import { decideAndSave } from '../optimistic.ts';
import type { Clock, StackStore, Telemetry, TimerIndex } from '../ports.ts';
import { refusal, stackAnswer } from './answer.ts';
import { listStacks } from './list-stacks.ts';

export interface CommandDependencies {
  readonly store: StackStore;
  readonly index: TimerIndex;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long an ended operation stays visible, in milliseconds. */
  readonly retention: number;
}

/**
 * Answers one request. What is refused is an answer; only trouble of the infrastructure is thrown, and means "try
 * again": every command may be repeated.
 */
export async function command(deps: CommandDependencies, payload: unknown): Promise<Answer> {
  const { store, clock, telemetry, retention } = deps;
  const parsed = parseRequest(payload);
  if (!parsed.ok) {
    telemetry.record({ kind: 'refused', code: 'ValidationError', reason: parsed.message });
    return refusal('ValidationError', parsed.message);
  }

  const request = parsed.value;
  if (request.command === 'ListStacks') {
    const answer = await listStacks(deps, request);
    telemetry.record(
      answer.ok
        ? { kind: 'listed', stacks: answer.stacks.length }
        : { kind: 'refused', code: answer.error.code, reason: answer.error.message },
    );
    return answer;
  }

  const decision = await decideAndSave(store, request.stackId, (seen) =>
    decideCommand(seen, request, { now: clock.now(), retention }),
  );
  const { command, stackId } = request;
  if (decision.kind === 'refuse') {
    const { code, message, current } = decision;
    const subject = {
      command,
      stackId,
      ...('operationId' in request && { operationId: request.operationId }),
    };
    const generation = current && { generation: generationOf(current) };
    telemetry.record({ kind: 'refused', code, reason: message, subject: { ...subject, ...generation } });
    return refusal(code, message, current);
  }
  const row = decision.kind === 'write' ? decision.save : decision.row;
  telemetry.record({
    kind: 'accepted',
    subject: { command, stackId, operationId: row.operationId, generation: generationOf(row) },
    written: decision.kind === 'write',
  });
  return stackAnswer(row);
}
