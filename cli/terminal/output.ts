/** Formats stacks as text. */
import type { Stack } from '../../contract/index.ts';
import { formatDuration, formatRoughly } from '../duration.ts';
import type { Colour, Terminal } from '../environment.ts';
import { stackCauseText } from '../rows.ts';
import { jsonText, printableRow } from './printable.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { cut, type Room, roomOf, UNLIMITED } from './width.ts';

export type Paint = Terminal['paint'];

export const STATUS_COLOURS = {
  IN_PROGRESS: 'yellow',
  COMPLETE: 'green',
  FAILED: 'red',
} as const satisfies Record<Stack['status'], Colour>;

export const painted = (colour: Colour, text: string, paint: Paint): Cell => ({
  text,
  paint: (shown) => paint(colour, shown),
});

/** `CREATE_FAILED`, in its colour. */
export const paintStatus = ({ action, status }: Pick<Stack, 'action' | 'status'>, paint: Paint): string =>
  paint(STATUS_COLOURS[status], `${action}_${status}`);

/** The remaining time, rounded up: never 0s before the time has come. */
export function timeUntil(time: string, now: number): string {
  const left = Date.parse(time) - now;
  if (left > 0) return formatDuration(Math.ceil(left / 1000));
  return `overdue ${formatDuration(Math.floor(-left / 1000))}`;
}

/** How long ago a time was, by two units: `3h 02m`. Empty if it is no time. */
export function timeSince(time: string, now: number): string {
  const passed = now - Date.parse(time);
  return Number.isNaN(passed) ? '' : formatRoughly(Math.floor(Math.max(0, passed) / 1000));
}

/** A time, and how long ago that was. */
export const timeAndAge = (time: string | undefined, now: number): string | undefined =>
  time && `${time}  (${timeSince(time, now)} ago)`;

/** Empty once the operation has ended. */
const timeLeft = (stack: Stack, now: number): string =>
  stack.status === 'IN_PROGRESS' ? timeUntil(stack.deadline, now) : '';

const STACK: Column = { title: 'STACK', shrinksTo: 16 };
const OPERATION: Column = { title: 'OPERATION', shrinksTo: 8, dispensable: 2 };
const ACTION: Column = { title: 'ACTION', dispensable: 1 };
const STATUS: Column = { title: 'STATUS' };
const REASON: Column = { title: 'REASON', shrinksTo: 12, dispensable: 0 };

/** Of stacks with an operation in progress. */
export const LIST_COLUMNS: readonly Column[] = [
  STACK,
  OPERATION,
  ACTION,
  STATUS,
  { title: 'DEADLINE', dispensable: 3 },
  { title: 'TIME LEFT' },
];
/** Of stacks some of which have ended. */
export const OVERVIEW_COLUMNS: readonly Column[] = [
  STACK,
  ACTION,
  STATUS,
  { title: 'WHEN' },
  { title: 'CAUSE' },
  REASON,
  { title: 'DEADLINE OR END', dispensable: 3 },
  { ...OPERATION, dispensable: 4 },
];

/** When an operation is due, or how long ago it ended. */
function when(stack: Stack, now: number): string {
  if (stack.status !== 'IN_PROGRESS') {
    const passed = timeSince(stack.endedAt ?? '', now);
    return passed && `${passed} ago`;
  }
  const left = timeUntil(stack.deadline, now);
  return left.startsWith('overdue') ? left : `in ${left}`;
}

export function stackTable(
  stacks: readonly Stack[],
  columns: readonly Column[],
  now: number,
  terminal: Terminal,
): string {
  const cells = (stack: Stack): Record<string, Cell> => ({
    STACK: stack.stackId,
    OPERATION: stack.operationId,
    ACTION: stack.action,
    STATUS: painted(STATUS_COLOURS[stack.status], stack.status, terminal.paint),
    DEADLINE: stack.deadline,
    'TIME LEFT': timeLeft(stack, now) || (stack.cause ?? ''),
    WHEN: when(stack, now),
    CAUSE: stack.cause ?? '',
    REASON: stack.status === 'IN_PROGRESS' ? '' : stack.statusReason,
    'DEADLINE OR END': stack.endedAt ?? stack.deadline,
  });
  const rows = stacks.map((stack) => {
    const row = cells(printableRow(stack));
    return columns.map(({ title }) => row[title] ?? '');
  });
  return renderTable(columns, rows, roomOf(terminal));
}

export function stackDetails(answered: Stack, now: number, paint: Paint, room?: Room): string {
  const stack = printableRow(answered);
  const left = timeLeft(stack, now);
  return fieldLines(
    [
      ['Stack', stack.stackId, (shown) => paint('bold', shown)],
      ['Operation', stack.operationId],
      ['Parent', stack.parent && `${stack.parent.stackId}, operation ${stack.parent.operationId}`],
      [
        'Status',
        `${stack.action}_${stack.status}`,
        (shown) => paint(STATUS_COLOURS[stack.status] ?? 'dim', shown),
      ],
      ['Reason', stack.statusReason],
      ['Cause', stackCauseText(stack) || undefined],
      ['Started', stack.startedAt],
      ['Deadline', stack.deadline],
      ['Time left', left || undefined],
      ['Ended', timeAndAge(stack.endedAt, now)],
      ['Metadata', stack.metadata && jsonText(stack.metadata)],
      ['Version', String(stack.version)],
    ],
    paint,
    room,
  );
}

/** A field's value, if it has one, and how it is coloured. */
type Field = readonly [label: string, value: string | undefined, paintValue?: (shown: string) => string];

/** One line for each field that has a value, none longer than there is room. */
export function fieldLines(fields: readonly Field[], paint: Paint, room: Room = UNLIMITED): string {
  const present = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(...present.map(([label]) => label.length));
  return present
    .map(([label, value = '', paintValue = (shown) => shown]) => {
      const shown = paintValue(cut(value, { ...room, columns: room.columns - width - 2 }));
      return `${paint('dim', label.padEnd(width))}  ${shown}`;
    })
    .join('\n');
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
