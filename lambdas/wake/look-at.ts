import type { WakeUp } from '../contract.ts';
import { generationOf, type StackRow } from '../domain/stack.ts';
import { decideSweep, decideWakeUp, type WakeUpDecision } from '../domain/wake-up.ts';
import { decideAndSave } from '../optimistic.ts';
import type { Clock, StackStore, Telemetry } from '../ports.ts';

export interface LookDependencies {
  readonly store: StackStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long an ended operation stays visible, in milliseconds. */
  readonly retention: number;
}

/** What every wake-up asks for, whichever way it came: look at the row, and time it out if its deadline was reached. */
export async function lookFor(deps: LookDependencies, wakeUp: WakeUp): Promise<WakeUpDecision> {
  const decision = await decideAndSave(deps.store, wakeUp.stackId, (row) =>
    decideWakeUp(row, wakeUp, { now: deps.clock.now(), retention: deps.retention }),
  );
  const { stackId, operationId, generation, hops } = wakeUp;
  record(deps.telemetry, 'wake', { stackId, operationId, generation }, decision, hops);
  return decision;
}

/** The same for a row found overdue: its wake-up was lost. */
export async function lookAtOverdue(deps: LookDependencies, stackId: string): Promise<WakeUpDecision> {
  let seen: StackRow | undefined;
  const decision = await decideAndSave(deps.store, stackId, (row) => {
    seen = row;
    return decideSweep(row, { now: deps.clock.now(), retention: deps.retention });
  });
  const subject = seen ? { operationId: seen.operationId, generation: generationOf(seen) } : {};
  record(deps.telemetry, 'sweep', { stackId, ...subject }, decision);
  return decision;
}

function record(
  telemetry: Telemetry,
  by: 'wake' | 'sweep',
  subject: { stackId: string; operationId?: string; generation?: number },
  decision: WakeUpDecision,
  hops?: number,
): void {
  telemetry.record({
    kind: 'wakeUp',
    by,
    outcome: decision.outcome,
    subject,
    ...(decision.outcome === 'fired' && { lateness: decision.lateness }),
    ...(hops !== undefined && { hops }),
  });
}
