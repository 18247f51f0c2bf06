/**
 * Nothing ends before its deadline by the clock, long after it, or long after what it belongs to.
 */
import { type Milliseconds, SECOND } from '../../../../lambdas/domain/time.ts';
import type { Auditor } from './auditor.ts';
import { answered, named, type Operation, requestsFor } from './operation.ts';

/**
 * Grace, a sweep's period on the local cloud, the lease of one that was killed, and a busy machine.
 */
export const LATEST: Milliseconds = (5 + 70 + 55 + 60) * SECOND;
/** How long the end of an operation may take to reach what belongs to it. */
export const CASCADE: Milliseconds = 45 * SECOND;

export function auditDeadlines(auditor: Auditor, operations: ReadonlyMap<string, Operation>): void {
  for (const operation of operations.values()) {
    const name = named(operation);
    for (const end of operation.ends) {
      const endedAt = Date.parse(end.endedAt ?? '');
      auditDeadline(auditor, operation, end.deadline);
      if (end.cause === 'TIMEOUT') {
        const late = endedAt - Date.parse(end.deadline);
        auditor.measure('timeout', late);
        auditor.check('P1', late >= 0, () => `${name} timed out ${-late} ms before its deadline`);
        auditor.check('P7', late <= LATEST, () => `${name} timed out ${late} ms after its deadline`);
      }
      const parent = end.parent && operations.get(named(end.parent));
      for (const end of parent?.ends ?? []) {
        const after = endedAt - Date.parse(end.endedAt ?? '');
        if (after > 0) auditor.measure('cascade', after);
        auditor.check('P13', after <= CASCADE, () => `${name} ended ${after} ms after its parent`);
      }
    }
  }
}

/**
 * It is the one that was granted last; that of a child may have become earlier with its parent's.
 */
function auditDeadline(auditor: Auditor, operation: Operation, deadline: string): void {
  const extensions = requestsFor(operation, 'ExtendOperation');
  if (extensions.some(({ answer }) => answer === undefined)) return;
  const granted = [...requestsFor(operation, 'StartOperation'), ...extensions]
    .flatMap((asked) => answered(asked) ?? [])
    .filter(({ status }) => status === 'IN_PROGRESS')
    .toSorted((a, b) => a.version - b.version)
    .at(-1);
  if (!granted) return;
  const holds = granted.parent ? deadline <= granted.deadline : deadline === granted.deadline;
  auditor.check(
    'P9',
    holds,
    () => `${named(operation)} was granted ${granted.deadline}, its deadline was ${deadline}`,
  );
}
