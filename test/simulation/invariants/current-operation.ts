/**
 * P4, P5: whoever has read that another operation is the current one has no say about what belongs
 * to this one.
 */
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { described, type Write } from '../row.ts';
import { holds } from './violation.ts';

/** `stack` is the row as it is, whatever the writer has read of it. */
export function checkCurrentOperation(
  { before, after, writer }: Write<ResourceActionRow>,
  stack: StackRow | undefined,
): void {
  const current = stack?.status === 'IN_PROGRESS' ? stack.operationId : undefined;
  const tell = () => `${writer.process.name} wrote ${described(after)} over ${described(before)}`;
  if (after.change === 'CANCEL')
    holds('P5', after.operationId !== current, () => `its operation goes on: ${tell()}`);
  const taken = before?.operationId === current && after.operationId !== current;
  holds('P4', before === undefined || !taken, () => `it is the current operation's: ${tell()}`);
}
