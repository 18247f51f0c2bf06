/**
 * P2, P13: what belongs to an operation is kept until that has ended, and for the retention time
 * from then on.
 */
import type {
  ResourceActionEnded,
  ResourceActionRow,
} from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import type { Table } from '../../support/table.ts';
import { described, isOfResource, type Row, short, type Write, type Writer } from '../row.ts';
import { holds, Violation } from './violation.ts';

const LONGEST_OPERATION = 365 * 86_400_000;

/** A row that has ended is written with the time at which it expires. */
export function checkExpiry({ after, writer }: Write, retention: number): void {
  if (after.status === 'IN_PROGRESS') return;
  const tell = () => `${writer.process.name} wrote ${described(after)}`;
  const lasts = after.expiresAt - after.endedAt;
  // With its operation. One that was cancelled alone is kept for it.
  if (isOfResource(after) && after.change !== 'CANCEL') {
    holds('P2', lasts > LONGEST_OPERATION, () => `it expires before its operation ends: ${tell()}`);
    return;
  }
  holds('P13', lasts >= retention, () => `it expires too early: ${tell()}`);
  holds('P13', lasts < retention + 1000, () => `it expires too late: ${tell()}`);
}

/**
 * The operation has ended, and the row expires the retention time after that: as well as clocks can
 * tell.
 */
export function checkLowered(
  { before, after, writer }: Write<ResourceActionRow>,
  stack: StackRow | undefined,
  { retention, skew }: { retention: number; skew: number },
): void {
  const tell = () => `${writer.process.name} wrote ${described(after)} over ${described(before)}`;
  holds('P4', writer.process.kind === 'effects', () => `that is for effects to do: ${tell()}`);
  if (before === undefined || !('expiresAt' in before) || !('expiresAt' in after))
    throw new Violation('P3', `it has not ended: ${tell()}`);
  const { expiresAt, change: _, ...rest } = before;
  const { expiresAt: lowered, change, ...same } = after;
  holds('P3', JSON.stringify(rest) === JSON.stringify(same), () => `what had ended was changed: ${tell()}`);
  holds('P13', lowered < expiresAt, () => `it is kept for longer: ${tell()}`);
  holds('P2', !isCurrent(after, stack), () => `${change} while its operation runs: ${tell()}`);
  const end = stack?.operationId === after.operationId && 'endedAt' in stack ? stack.endedAt : after.endedAt;
  holds('P13', lowered >= end + retention - 2 * skew, () => `at ${short(lowered)}, that is early: ${tell()}`);
}

/**
 * Whether it ended in the operation that runs now. (When a stack has expired, its operationId may
 * start again.)
 */
const isCurrent = (row: ResourceActionEnded, stack: StackRow | undefined): boolean =>
  stack?.status === 'IN_PROGRESS' && stack.operationId === row.operationId && stack.startedAt <= row.endedAt;

/** What was removed, or is written over, is not needed any more. */
export function checkGone(row: Row | undefined, stack: StackRow | undefined, what: string): void {
  if (row === undefined || !isOfResource(row) || row.status === 'IN_PROGRESS') return;
  holds('P2', !isCurrent(row, stack), () => `${what}, while its operation runs: ${described(row)}`);
}

/** At the end of an operation everything is still there that has ended in it. */
export function checkKept({ before, at }: Write<StackRow>, table: Table<Writer>): void {
  for (const row of table.resourceRows.values()) {
    if (row.stackId !== before?.stackId || !('endedAt' in row) || !isCurrent(row, before)) continue;
    holds('P2', row.expiresAt > at, () => `it has expired before its operation ended: ${described(row)}`);
    for (const [kind, has] of [
      ['input', row.hasInput],
      ['output', row.outputAttempt !== undefined],
    ] as const) {
      const { expiresAt = Number.POSITIVE_INFINITY } = table.payload(row, kind) ?? { expiresAt: 0 };
      holds('P2', !has || expiresAt > at, () => `its ${kind} is gone before it: ${described(row)}`);
    }
  }
}
