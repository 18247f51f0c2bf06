/** How stacks look to people. */
import type { Stack } from '../../contract/index.ts';
import { formatDuration } from '../duration.ts';
import type { Colour, Terminal } from '../environment.ts';
import { renderTable } from './table.ts';

export type Paint = Terminal['paint'];

/** Text of engines without control characters, which could move the cursor or break a line. */
export const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

const STATUS_COLOURS = { IN_PROGRESS: 'yellow', COMPLETE: 'green', FAILED: 'red' } as const satisfies Record<
  Stack['status'],
  Colour
>;

/** Of a stack or a resource action: `CREATE_FAILED`, in its colour. */
export const paintStatus = (of: Pick<Stack, 'action' | 'status'>, paint: Paint): string =>
  paint(STATUS_COLOURS[of.status], `${of.action}_${of.status}`);

/** The time until then, rounded up, so that 0s is never shown before it. */
export function timeUntil(time: string, now: number): string {
  const left = Date.parse(time) - now;
  if (left > 0) return formatDuration(Math.ceil(left / 1000));
  return `overdue ${formatDuration(Math.floor(-left / 1000))}`;
}

/** The time until the deadline. Empty once the operation ended. */
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
/** A narrow screen cuts what comes last. */
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
    const row = cells(stack);
    return columns.map((column) => row[column]);
  });
  return renderTable(columns, rows);
}

export function stackBlock(stack: Stack, now: number, paint: Paint): string {
  const left = timeLeft(stack, now);
  return factLines(
    [
      ['Stack', paint('bold', stack.stackId)],
      ['Operation', stack.operationId],
      ['Parent', stack.parent && `${stack.parent.stackId}, operation ${stack.parent.operationId}`],
      ['Status', paintStatus(stack, paint)],
      ['Reason', printable(stack.statusReason)],
      ['Cause', stack.cause],
      ['Started', stack.startedAt],
      ['Deadline', stack.deadline],
      ['Time left', left || undefined],
      ['Ended', stack.endedAt],
      ['Metadata', stack.metadata && printable(JSON.stringify(stack.metadata))],
      ['Version', String(stack.version)],
    ],
    paint,
  );
}

/** A line for each fact that there is. */
export function factLines(
  facts: readonly (readonly [label: string, value: string | undefined])[],
  paint: Paint,
): string {
  const present = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(...present.map(([label]) => label.length));
  return present.map(([label, value]) => `${paint('dim', label.padEnd(width))}  ${value}`).join('\n');
}

/** A change in one line. */
export function changeLine(stack: Stack, now: number, paint: Paint): string {
  const about =
    stack.status === 'IN_PROGRESS'
      ? `deadline ${stack.deadline} (${timeLeft(stack, now)})`
      : `${printable(stack.statusReason)} (${stack.cause}) at ${stack.endedAt}`;
  return `${new Date(now).toISOString()}  ${stack.stackId}  ${paintStatus(stack, paint)}  operation ${stack.operationId}  ${about}`;
}
