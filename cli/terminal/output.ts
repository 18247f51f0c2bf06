/** Formats stacks as text. */
import type { Stack } from '../../contract/index.ts';
import { formatDuration } from '../duration.ts';
import type { Colour, Terminal } from '../environment.ts';
import { jsonText, printableRow } from './printable.ts';
import { renderTable } from './table.ts';

export type Paint = Terminal['paint'];

const STATUS_COLOURS = { IN_PROGRESS: 'yellow', COMPLETE: 'green', FAILED: 'red' } as const satisfies Record<
  Stack['status'],
  Colour
>;

/** `CREATE_FAILED`, in its colour. */
export const paintStatus = ({ action, status }: Pick<Stack, 'action' | 'status'>, paint: Paint): string =>
  paint(STATUS_COLOURS[status], `${action}_${status}`);

/** The remaining time, rounded up: never 0s before the time has come. */
export function timeUntil(time: string, now: number): string {
  const left = Date.parse(time) - now;
  if (left > 0) return formatDuration(Math.ceil(left / 1000));
  return `overdue ${formatDuration(Math.floor(-left / 1000))}`;
}

/** Empty once the operation has ended. */
const timeLeft = (stack: Stack, now: number): string =>
  stack.status === 'IN_PROGRESS' ? timeUntil(stack.deadline, now) : '';

export const byDeadline = (stacks: readonly Stack[]): Stack[] =>
  stacks.toSorted((a, b) => a.deadline.localeCompare(b.deadline) || a.stackId.localeCompare(b.stackId));

type Column = 'STACK' | 'OPERATION' | 'ACTION' | 'STATUS' | 'DEADLINE' | 'TIME LEFT';
export const LIST_COLUMNS: readonly Column[] = [
  'STACK',
  'OPERATION',
  'ACTION',
  'STATUS',
  'DEADLINE',
  'TIME LEFT',
];
/** A narrow screen cuts the last columns. */
export const WATCH_COLUMNS: readonly Column[] = [
  'STACK',
  'ACTION',
  'STATUS',
  'TIME LEFT',
  'DEADLINE',
  'OPERATION',
];

export function stackTable(
  stacks: readonly Stack[],
  columns: readonly Column[],
  now: number,
  paint: Paint,
): string {
  const cells = (stack: Stack): Record<Column, string> => ({
    STACK: stack.stackId,
    OPERATION: stack.operationId,
    ACTION: stack.action,
    STATUS: paint(STATUS_COLOURS[stack.status], stack.status),
    DEADLINE: stack.deadline,
    'TIME LEFT': timeLeft(stack, now) || (stack.cause ?? ''),
  });
  const rows = stacks.map((stack) => {
    const row = cells(printableRow(stack));
    return columns.map((column) => row[column]);
  });
  return renderTable(columns, rows);
}

export function stackDetails(answered: Stack, now: number, paint: Paint): string {
  const stack = printableRow(answered);
  const left = timeLeft(stack, now);
  return fieldLines(
    [
      ['Stack', paint('bold', stack.stackId)],
      ['Operation', stack.operationId],
      ['Parent', stack.parent && `${stack.parent.stackId}, operation ${stack.parent.operationId}`],
      ['Status', paintStatus(stack, paint)],
      ['Reason', stack.statusReason],
      ['Cause', stack.cause],
      ['Started', stack.startedAt],
      ['Deadline', stack.deadline],
      ['Time left', left || undefined],
      ['Ended', stack.endedAt],
      ['Metadata', stack.metadata && jsonText(stack.metadata)],
      ['Version', String(stack.version)],
    ],
    paint,
  );
}

/** One line for each field that has a value. */
export function fieldLines(
  fields: readonly (readonly [label: string, value: string | undefined])[],
  paint: Paint,
): string {
  const present = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(...present.map(([label]) => label.length));
  return present.map(([label, value]) => `${paint('dim', label.padEnd(width))}  ${value}`).join('\n');
}

/** One line for a change. */
export function changeLine(answered: Stack, now: number, paint: Paint): string {
  const stack = printableRow(answered);
  const details =
    stack.status === 'IN_PROGRESS'
      ? `deadline ${stack.deadline} (${timeLeft(stack, now)})`
      : `${stack.statusReason} (${stack.cause}) at ${stack.endedAt}`;
  return `${new Date(now).toISOString()}  ${stack.stackId}  ${paintStatus(stack, paint)}  operation ${stack.operationId}  ${details}`;
}
