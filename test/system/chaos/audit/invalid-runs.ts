/** The observations of a valid run with one thing changed. */
import type { OperationStatusChange, ResourceActionStatusChange } from '../../../../contract/index.ts';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import { type StackEnded, type StackRow, withDeadline } from '../../../../lambdas/domain/stack/state.ts';
import { endedResource } from '../../../support/resource-rows.ts';
import { NOW } from '../../../support/rows.ts';
import type { Asked, FinalState, Observations } from '../observations.ts';
import { ends, LATE, operationEvent, PARTS, resourceEvent, VALID_RUN } from './valid-run.ts';

const { abandoned, timedOut } = PARTS;
const named = { stackId: 'abandoned', operationId: 'op-1' };

export const remaining = (more: Partial<FinalState>): Observations => ({
  ...VALID_RUN,
  finalState: { ...VALID_RUN.finalState, ...more },
});
export const asking = (...asked: Asked[]): Observations => ({
  ...VALID_RUN,
  asked: [...VALID_RUN.asked, ...asked],
});

/** Another row in the place of an operation's, which was not published otherwise. */
export function ending(row: StackRow, asked: readonly Asked[] = VALID_RUN.asked): Observations {
  const other = ({ stackId }: { stackId: string }) => stackId !== row.stackId;
  const own = row.status === 'IN_PROGRESS' ? [] : [operationEvent(row)];
  const begun = ({ stackId, status }: OperationStatusChange) =>
    stackId !== row.stackId || status === 'IN_PROGRESS';
  return {
    ...VALID_RUN,
    asked,
    operationEvents: [...VALID_RUN.operationEvents.filter(begun), ...own],
    finalState: { ...VALID_RUN.finalState, stacks: [...VALID_RUN.finalState.stacks.filter(other), row] },
  };
}

/** Another end of the resource action. */
export function endingResource(
  row: ResourceActionRow,
  events: readonly ResourceActionStatusChange[] = [resourceEvent(row)],
): Observations {
  const kept = VALID_RUN.resourceEvents.filter(({ status }) => status === 'IN_PROGRESS');
  return { ...remaining({ resources: [row] }), said: [], resourceEvents: [...kept, ...events] };
}

export const endedAt = (at: number, row: StackEnded = timedOut): StackEnded => ({ ...row, endedAt: at });
/** The same, a version later. */
export const next = (row: StackEnded): StackEnded => ({ ...row, version: row.version + 1 });
export const withoutAbandoned = VALID_RUN.asked.filter(({ request }) => request.stackId !== 'abandoned');
export const deadLetter = (body: string): Observations => ({
  ...VALID_RUN,
  deadLetters: [...VALID_RUN.deadLetters, { queue: 'work', body }],
});
export const unanswered = ({ request }: Asked): Asked => ({ request });
export const refused = ({ request }: Asked): Asked => ({
  request,
  answer: { ok: false, error: { code: 'OperationEnded', message: 'it has ended' } },
});
export const extendedTo = (deadline: number) => withDeadline(abandoned, deadline, undefined, NOW);
export const superseded = ends(abandoned, 'superseded');
export const resourceFailed = ends(abandoned, 'resourceFailed');
export const failed = endedResource('failed', { ...named, endedAt: LATE - 100 });
