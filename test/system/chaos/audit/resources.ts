/**
 * Resource actions end with their operations, once, within their attempts, and not before their
 * time.
 */
import type { ResourceAction } from '../../../../contract/index.ts';
import type { Auditor } from './auditor.ts';
import { CASCADE } from './deadlines.ts';
import { named, type Operation } from './operation.ts';
import { type AuditedResourceAction, namedResource } from './resource-action.ts';

export function auditResources(
  auditor: Auditor,
  resources: Iterable<AuditedResourceAction>,
  operations: ReadonlyMap<string, Operation>,
): void {
  for (const resource of resources) {
    const name = namedResource(resource);
    const { dispatch, accepted, events, row, ends } = resource;
    auditor.check('P12', dispatch !== undefined, () => `nobody dispatched ${name}`);
    const exists = accepted || row !== undefined || events.length > 0;
    auditor.waitFor('P13', ends.length > 0 || !exists, () =>
      row?.status === 'IN_PROGRESS' ? `${name} has not ended: ${row.phase}` : `${name} is nowhere`,
    );
    auditor.check('P3', ends.length <= 1, () => `${name} ended twice: ${ends.map(short).join('; ')}`);
    const published = events.some(({ status }) => status !== 'IN_PROGRESS');
    auditor.waitFor('P14', published || ends.length === 0, () => `the end of ${name} was not published`);
    auditAttempts(auditor, resource);
    auditReports(auditor, resource);
    const operation = operations.get(named(resource));
    for (const end of ends) auditEnd(auditor, resource, end, operation);
  }
}

function auditAttempts(auditor: Auditor, resource: AuditedResourceAction): void {
  const { dispatch, events, ends } = resource;
  const most = dispatch?.retry?.maxAttempts ?? 1;
  const attempts = Math.max(0, ...[...events, ...ends].map(({ attempt }) => attempt));
  auditor.check(
    'P8',
    attempts <= most,
    () => `${namedResource(resource)} had ${attempts} attempts of ${most}`,
  );
}

/** What an engine was told is done by it, is. */
function auditReports(auditor: Auditor, resource: AuditedResourceAction): void {
  const { completed, ends } = resource;
  if (completed.length === 0) return;
  const name = namedResource(resource);
  const by = completed.map(
    ({ engineId, line }) => `${engineId}, attempt ${'attempt' in line && line.attempt}`,
  );
  auditor.check('P6', completed.length === 1, () => `${name} was completed twice: ${by.join('; ')}`);
  for (const { engineId, line } of completed)
    for (const end of ends) {
      const counts = 'attempt' in line && end.status === 'COMPLETE' && end.attempt === line.attempt;
      auditor.check(
        'P6',
        counts && end.engineId === engineId,
        () => `${name} was completed by ${by.join('; ')}, yet it is ${short(end)}`,
      );
    }
}

function auditEnd(
  auditor: Auditor,
  resource: AuditedResourceAction,
  end: ResourceAction,
  operation: Operation | undefined,
): void {
  const name = namedResource(resource);
  const endedAt = end.endedAt ?? '';
  const operationEndedAt = operation?.ends[0]?.endedAt;
  if (end.cause === 'CANCELLED') {
    const holds = operationEndedAt === undefined || operationEndedAt <= endedAt;
    auditor.check('P4', holds, () => `${name} was cancelled before its operation had ended`);
  }
  const due = dueOf(resource, end);
  if (due !== undefined)
    auditor.check('P1', endedAt >= due, () => `${name} ended ${short(end)}, but it was due at ${due}`);
  if (operationEndedAt === undefined) return;
  const after = Date.parse(endedAt) - Date.parse(operationEndedAt);
  if (after > 0) auditor.measure('cascade', after);
  auditor.check('P13', after <= CASCADE, () => `${name} ended ${after} ms after its operation`);
}

/**
 * The earliest moment at which a clock could end it, by what was published before. (Heartbeats are
 * not.)
 */
function dueOf({ events }: AuditedResourceAction, end: ResourceAction): string | undefined {
  const before = events.filter(({ version }) => version < end.version).at(-1);
  if (before === undefined || before.attempt !== end.attempt) return undefined;
  const { startDeadline, attemptDeadline, heartbeatDeadline, finalDeadline } = before;
  const due = {
    NO_ENGINE: [startDeadline],
    TIMEOUT: [attemptDeadline, finalDeadline],
    ENGINE_LOST: [heartbeatDeadline],
  };
  const deadlines = due[end.cause as keyof typeof due]?.filter((one) => one !== undefined);
  return deadlines?.toSorted()[0];
}

const short = ({ status, cause, attempt, engineId, endedAt }: ResourceAction): string =>
  `${status} ${cause}, attempt ${attempt} of ${engineId ?? 'nobody'}, at ${endedAt}`;
