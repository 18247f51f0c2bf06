/** P14: which status changes a change of a row publishes, in their order. */
import type {
  OperationStatusChange,
  ResourceActionCause,
  ResourceActionStatusChange,
  Status,
} from '../../contract/index.ts';
import {
  begins,
  isResourceActionChange,
  type ResourceActionChange,
  type RowChange,
  type StackChange,
} from './consequences.ts';
import {
  type ResourceActionRow,
  type ResourceActionTransition,
  resourceActionEnded,
  toResourceAction,
  writtenAt,
} from './resource-action/state.ts';
import { generationOf } from './row.ts';
import { ended, type StackRow, toStack } from './stack/state.ts';

/** A status change as it is published, and the generation of the row's timer at that time. */
export type StatusChange = {
  readonly transition: string;
  readonly generation: number;
} & (
  | { readonly event: OperationStatusChange; readonly row: StackRow }
  | {
      readonly event: ResourceActionStatusChange;
      readonly row: ResourceActionRow;
      /** The row that it was written over; undefined if the resource action began with it. */
      readonly before: ResourceActionRow | undefined;
    }
);

export const statusChanges = (change: RowChange): StatusChange[] =>
  isResourceActionChange(change) ? ofResourceAction(change) : ofStack(change);

/**
 * The same change of a row always has the same id, and no other change has it: identifiers may
 * contain the separator, so each part is percent-encoded.
 */
function idOf(row: StackRow | ResourceActionRow, transition: string): string {
  const resource = 'resource' in row ? row.resource : '';
  const parts = [row.stackId, row.operationId, resource, row.version, transition];
  return parts.map((part) => encodeURIComponent(part)).join('/');
}

function ofStack(change: StackChange): StatusChange[] {
  const { before, after } = change;
  const replaced = before !== undefined && before.operationId !== after.operationId;
  const changes: StatusChange[] = [];
  if (replaced && before.status === 'IN_PROGRESS') {
    const statusReason = `Stack ${before.action} superseded by operation ${after.operationId}`;
    const end = { status: 'FAILED', cause: 'SUPERSEDED', statusReason, change: 'SUPERSEDE' } as const;
    changes.push(operationChanged(ended(before, end, { now: after.startedAt, retention: 0 }), 'IN_PROGRESS'));
  }
  const previousStatus = begins(change) ? undefined : before?.status;
  if (after.status !== previousStatus) changes.push(operationChanged(after, previousStatus));
  return changes;
}

function operationChanged(row: StackRow, previousStatus: Status | undefined): StatusChange {
  const transition = row.status === 'IN_PROGRESS' ? 'START' : row.change;
  const event = { ...toStack(row), id: idOf(row, transition), ...(previousStatus && { previousStatus }) };
  return { event, row, transition, generation: generationOf(row) };
}

function ofResourceAction(change: ResourceActionChange): StatusChange[] {
  const { before, after } = change;
  const replaced = before !== undefined && before.operationId !== after.operationId;
  const changes: StatusChange[] = [];
  if (replaced && before.status === 'IN_PROGRESS') {
    const statusReason = `Resource ${before.action} cancelled: operation ${before.operationId} has ended`;
    const end = { status: 'FAILED', cause: 'CANCELLED', statusReason, change: 'CANCEL' } as const;
    const replacedAt = { now: writtenAt(after), retention: 0 };
    changes.push(resourceActionChanged(resourceActionEnded(before, end, replacedAt), before));
  }
  const previous = begins(change) ? undefined : before;
  if (isPublished(previous, after)) changes.push(resourceActionChanged(after, previous));
  return changes;
}

/**
 * A change of status, phase or attempt; or work that is offered again, because the message may have
 * been lost.
 */
function isPublished(before: ResourceActionRow | undefined, after: ResourceActionRow): boolean {
  if (before?.status !== after.status || before.attempt !== after.attempt) return true;
  return phaseOf(before) !== phaseOf(after) || after.change === 'OFFER';
}

const phaseOf = (row: ResourceActionRow) => (row.status === 'IN_PROGRESS' ? row.phase : undefined);

function resourceActionChanged(row: ResourceActionRow, before: ResourceActionRow | undefined): StatusChange {
  const previousPhase = before && phaseOf(before);
  const transition = transitionOf(row);
  const event = {
    ...toResourceAction(row),
    id: idOf(row, transition),
    ...(before && { previousStatus: before.status }),
    ...(previousPhase && { previousPhase }),
  };
  return { event, row, before, transition, generation: generationOf(row) };
}

/**
 * The transition that a row is the outcome of. EXPIRE keeps the version of the end before it, so a
 * restored row tells of that end again.
 */
function transitionOf(row: ResourceActionRow): ResourceActionTransition {
  return row.change === 'EXPIRE' && row.status !== 'IN_PROGRESS' ? ENDED_BY[row.cause] : row.change;
}

/** Of what ended before its operation. */
const ENDED_BY = {
  REPORTED: 'COMPLETE',
  CANCELLED: 'CANCEL_RESOURCE',
  TIMEOUT: 'TIMEOUT',
  ENGINE_LOST: 'ENGINE_LOST',
  NO_ENGINE: 'NO_ENGINE',
} as const satisfies Record<ResourceActionCause, ResourceActionTransition>;
