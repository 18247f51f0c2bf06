/** What is right, with one thing changed. */
import type { OperationStatusChange, ResourceActionStatusChange } from '../../../../contract/index.ts';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import { type StackEnded, type StackRow, withDeadline } from '../../../../lambdas/domain/stack/state.ts';
import { endedResource } from '../../../support/resource-rows.ts';
import { NOW } from '../../../support/rows.ts';
import type { Asked, Remains, Seen } from '../seen.ts';
import { ends, LATE, operationEvent, PARTS, resourceEvent, SOUND } from './sound.ts';

const { abandoned, timedOut } = PARTS;
const named = { stackId: 'abandoned', operationId: 'op-1' };

export const remaining = (more: Partial<Remains>): Seen => ({
  ...SOUND,
  remains: { ...SOUND.remains, ...more },
});
export const asking = (...asked: Asked[]): Seen => ({ ...SOUND, asked: [...SOUND.asked, ...asked] });

/** Another row in the place of an operation's, which was not published otherwise. */
export function ending(row: StackRow, asked: readonly Asked[] = SOUND.asked): Seen {
  const other = ({ stackId }: { stackId: string }) => stackId !== row.stackId;
  const own = row.status === 'IN_PROGRESS' ? [] : [operationEvent(row)];
  const begun = ({ stackId, status }: OperationStatusChange) =>
    stackId !== row.stackId || status === 'IN_PROGRESS';
  return {
    ...SOUND,
    asked,
    operationEvents: [...SOUND.operationEvents.filter(begun), ...own],
    remains: { ...SOUND.remains, stacks: [...SOUND.remains.stacks.filter(other), row] },
  };
}

/** Another end of the resource action. */
export function endingResource(
  row: ResourceActionRow,
  events: readonly ResourceActionStatusChange[] = [resourceEvent(row)],
): Seen {
  const kept = SOUND.resourceEvents.filter(({ status }) => status === 'IN_PROGRESS');
  return { ...remaining({ resources: [row] }), said: [], resourceEvents: [...kept, ...events] };
}

export const endedAt = (at: number, row: StackEnded = timedOut): StackEnded => ({ ...row, endedAt: at });
/** The same, a version later. */
export const next = (row: StackEnded): StackEnded => ({ ...row, version: row.version + 1 });
export const withoutAbandoned = SOUND.asked.filter(({ request }) => request.stackId !== 'abandoned');
export const deadLetter = (body: string): Seen => ({
  ...SOUND,
  deadLetters: [...SOUND.deadLetters, { queue: 'work', body }],
});
export const unanswered = ({ request }: Asked): Asked => ({ request });
export const refused = ({ request }: Asked): Asked => ({
  request,
  answer: { ok: false, error: { code: 'OperationEnded', message: 'it has ended' } },
});
export const extendedTo = (deadline: number) => withDeadline(abandoned, deadline, NOW);
export const superseded = ends(abandoned, 'superseded');
export const resourceFailed = ends(abandoned, 'resourceFailed');
export const failed = endedResource('failed', { ...named, endedAt: LATE - 100 });
