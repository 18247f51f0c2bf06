/**
 * An operation ended by what was asked for, or by the clock; and what was answered is what was
 * written.
 */
import type { Stack } from '../../../../contract/index.ts';
import type { Auditor } from './auditor.ts';
import {
  type AskedFor,
  answered,
  named,
  notRefused,
  type Operation,
  requestsFor,
  short,
} from './operation.ts';
import type { AuditedResourceAction } from './resource-action.ts';

export interface Context {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly resources: Iterable<AuditedResourceAction>;
}

export function auditCauses(auditor: Auditor, context: Context): void {
  const failed = new Set([...context.resources].filter(failsItsOperation).map((resource) => named(resource)));
  const superseding = Map.groupBy(
    [...context.operations.values()].flatMap((one) => requestsFor(one, 'StartOperation')),
    ({ request }) => request.stackId,
  );
  for (const operation of context.operations.values()) {
    auditAnswers(auditor, operation);
    for (const end of operation.ends) {
      const allowed = isAllowed(operation, end, {
        parent: end.parent && context.operations.get(named(end.parent)),
        resourceFailed: failed.has(named(operation)),
        starts: superseding.get(operation.stackId) ?? [],
      });
      auditor.check('P4', allowed, () => `nothing explains the end of ${named(operation)}: ${short(end)}`);
    }
  }
}

const failsItsOperation = ({ ends, dispatch }: AuditedResourceAction): boolean =>
  dispatch?.onFailure !== 'CONTINUE' &&
  ends.some((end) => end.status === 'FAILED' && end.cause !== 'CANCELLED');

interface Around {
  readonly parent: Operation | undefined;
  readonly resourceFailed: boolean;
  readonly starts: readonly AskedFor<'StartOperation'>[];
}

function isAllowed(operation: Operation, end: Stack, { parent, resourceFailed, starts }: Around): boolean {
  switch (end.cause) {
    case 'TIMEOUT':
      return end.status === 'FAILED';
    case 'REPORTED':
      return requestsFor(operation, 'CompleteOperation').some(
        (asked) => notRefused(asked) && asked.request.status === end.status,
      );
    case 'CANCELLED': {
      const asked = requestsFor(operation, 'CancelOperation').some(notRefused);
      const parentEnded = parent?.ends.some(({ endedAt = '' }) => endedAt <= (end.endedAt ?? ''));
      return end.status === 'FAILED' && (asked || parentEnded === true);
    }
    case 'SUPERSEDED':
      return starts.some(
        (asked) =>
          asked.request.supersede === true &&
          asked.request.operationId !== operation.operationId &&
          notRefused(asked),
      );
    case 'RESOURCE_FAILED':
      return end.status === 'FAILED' && resourceFailed;
    case undefined:
      return false;
  }
}

function auditAnswers(auditor: Auditor, operation: Operation): void {
  const { ends, events } = operation;
  const name = named(operation);
  for (const asked of operation.asked) {
    const shown = answered(asked);
    if (!shown) continue;
    const { request } = asked;
    for (const end of ends) {
      const is = () =>
        `${request.command} of ${name} was accepted (version ${shown.version}), yet it ended ${short(end)}`;
      if (request.command === 'CompleteOperation')
        auditor.check('P4', end.cause === 'REPORTED' && end.status === request.status, is);
      if (request.command === 'CancelOperation') auditor.check('P4', end.cause === 'CANCELLED', is);
      if (shown.status === 'IN_PROGRESS') auditor.check('P4', shown.version < end.version, is);
    }
    for (const event of events) {
      if (event.version !== shown.version) continue;
      const same =
        event.status === shown.status && event.cause === shown.cause && event.deadline === shown.deadline;
      auditor.check(
        'P4',
        same,
        () => `${name}, version ${shown.version}: answered ${short(shown)}, published ${short(event)}`,
      );
    }
  }
  const { row } = operation;
  const [end, ...others] = ends;
  if (row && row.status !== 'IN_PROGRESS' && end && others.length === 0)
    auditor.check(
      'P4',
      end.version === row.version && end.status === row.status && end.cause === row.cause,
      () =>
        `${name} was published as ${short(end)}, and its row says ${row.status} ${row.cause}, version ${row.version}`,
    );
}
