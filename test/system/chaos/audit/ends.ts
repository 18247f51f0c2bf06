/** Every operation that was started ends, once, and this is published. */
import { toStack } from '../../../../lambdas/domain/stack/state.ts';
import type { Auditor } from './auditor.ts';
import { exists, named, notRefused, type Operation, requestsFor, short } from './operation.ts';

export function auditEnds(auditor: Auditor, operations: Iterable<Operation>): void {
  for (const operation of operations) {
    const { events, row, ends } = operation;
    const name = named(operation);
    const starts = requestsFor(operation, 'StartOperation');
    const asked = starts.some(notRefused);
    const seen = row !== undefined || events.length > 0;
    auditor.check('P12', asked || !seen, () => `nobody started ${name}`);
    if (!exists(operation)) continue;
    auditor.waitFor('P2', ends.length > 0, () =>
      row ? `${name} has not ended: it is due at ${toStack(row).deadline}` : `${name} is nowhere`,
    );
    auditor.check('P3', ends.length <= 1, () => `${name} ended twice: ${ends.map(short).join('; ')}`);
    const began = events.some(({ status }) => status === 'IN_PROGRESS');
    auditor.waitFor('P14', began || !seen, () => `the start of ${name} was not published`);
    const ended = events.some(({ status }) => status !== 'IN_PROGRESS');
    auditor.waitFor('P14', ended || ends.length === 0, () => `the end of ${name} was not published`);
  }
}
