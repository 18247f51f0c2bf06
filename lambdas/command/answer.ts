import type { ErrorCode, Refusal, RequestOf } from '../../contract/index.ts';
import type { Refused } from '../domain/refusal.ts';
import { attemptOf, type ResourceActionRow, toResourceAction } from '../domain/resource-action/state.ts';
import { generationOf } from '../domain/row.ts';
import { type StackRow, toStack } from '../domain/stack/state.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { RowRequest } from './dependencies.ts';

/** Every request about one stack. */
type StackRequest = RowRequest | RequestOf<'GetHistory'>;

const viewOf = (row: StackRow | ResourceActionRow) =>
  'resource' in row ? toResourceAction(row) : toStack(row);

export function refusal(code: ErrorCode, message: string, current?: StackRow | ResourceActionRow): Refusal {
  return { ok: false, error: { code, message, ...(current && { current: viewOf(current) }) } };
}

export const stackAnswer = (row: StackRow) => ({ ok: true as const, stack: toStack(row) });
export const resourceAnswer = (row: ResourceActionRow) => ({
  ok: true as const,
  resource: toResourceAction(row),
});

/** What a request is about, for the log. */
export const subjectOf = (request: StackRequest) => ({
  command: request.command,
  stackId: request.stackId,
  ...('operationId' in request && request.operationId !== undefined && { operationId: request.operationId }),
  ...('resource' in request && request.resource !== undefined && { resource: request.resource }),
  ...('attempt' in request && { attempt: request.attempt }),
  ...('engineId' in request && { engineId: request.engineId }),
});

/** Tells of a refusal, and makes the answer. */
export function refused(
  telemetry: Telemetry,
  request: StackRequest,
  { code, message, current }: Refused<StackRow | ResourceActionRow>,
): Refusal {
  const generation = current && { generation: generationOf(current) };
  telemetry.record({
    kind: 'refused',
    code,
    reason: message,
    subject: { ...subjectOf(request), ...generation },
  });
  return refusal(code, message, current);
}

/**
 * Tells that a request was answered with `ok`, from this row.
 *
 * @param before what was written over, of a resource action.
 */
export function accepted(
  telemetry: Telemetry,
  request: RowRequest,
  row: StackRow | ResourceActionRow,
  written: boolean,
  before?: ResourceActionRow,
): void {
  const { operationId } = row;
  const attempt = 'resource' in row && (written || isOfSameClaim(request, row)) && attemptOf(before, row);
  const subject = { ...attempt, ...subjectOf(request), operationId, generation: generationOf(row) };
  telemetry.record({ kind: 'accepted', subject, written });
}

/** A claim's request that is repeated may find the row in the hands of another engine. */
const isOfSameClaim = (request: RowRequest, row: ResourceActionRow): boolean =>
  !('claimId' in request) || ('claimId' in row && row.claimId === request.claimId);
