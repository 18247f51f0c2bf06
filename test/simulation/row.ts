/** What the simulation says of rows of both kinds. */
import type { ResourceActionRow } from '../../lambdas/domain/resource-action/state.ts';
import type { Timer } from '../../lambdas/domain/timer.ts';
import type { Row } from '../support/row-key.ts';
import type { Process } from './process.ts';

export const isOfResource = (row: Row): row is ResourceActionRow => 'resource' in row;

export const sameTimer = (a: Timer, b: Timer): boolean =>
  a.generation === b.generation && a.dueAt === b.dueAt && a.setAt === b.setAt;

export { keyOf, type Row } from '../support/row-key.ts';

/** Who writes, and what its clock said when it decided. */
export interface Writer {
  readonly process: Process;
  readonly decidedAt: number;
  /** When it asked for the write, by the true time. */
  readonly askedAt: number;
  /** Of a resource action: the stack that it read with it, and decided by. */
  readonly stack?: Row | undefined;
}

/** One write of a row that took effect. */
export interface Write<R extends Row = Row> {
  readonly before: R | undefined;
  readonly after: R;
  readonly writer: Writer;
  /** By the true time. */
  readonly at: number;
}

/** How long a call is waited for at most, and an invocation, in milliseconds. */
const PATIENCE = 2500;
const LONGEST_INVOCATION = 60_000;

/** Whether a write comes after whoever asked for it, or started its writer, has stopped waiting. */
export const isLate = ({ askedAt, process }: Writer, at: number): boolean =>
  at - askedAt > PATIENCE || at - process.startedAt > LONGEST_INVOCATION;

/** A row as one line of a history. */
export function described(row: Row | undefined): string {
  if (row === undefined) return 'nothing';
  const name = isOfResource(row) ? `${row.stackId}/${row.resource}` : row.stackId;
  const phase = isOfResource(row)
    ? ` attempt ${row.attempt}${row.status === 'IN_PROGRESS' ? ` ${row.phase}` : ''}`
    : '';
  const cause = 'cause' in row && row.cause ? ` ${row.cause}` : '';
  const timer =
    row.status === 'IN_PROGRESS' ? `, timer ${row.timer.generation} due ${short(row.timer.dueAt)}` : '';
  const deadline = isOfResource(row) ? '' : `, deadline ${short(row.deadline)}`;
  return `${name} ${row.operationId}${phase} ${row.status}${cause} (${row.change}, version ${row.version}${timer}${deadline})`;
}

/** The time of day with milliseconds. */
export const short = (instant: number): string => new Date(instant).toISOString().slice(11, 23);
