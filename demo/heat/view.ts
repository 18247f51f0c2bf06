/** Shows the two Heats side by side. Pure. */
import { type Cell, renderTable } from '../../cli/terminal/table.ts';
import type { Room } from '../../cli/terminal/width.ts';
import { endOf, fromDeadline, latest, type ObservedOperation, type Side } from './observed-operation.ts';

export type Paint = (colour: 'green' | 'red' | 'yellow', text: string) => string;

function cellOf(one: ObservedOperation, paint: Paint): Cell {
  const { state, reason } = latest(one);
  const end = endOf(one);
  const seconds = fromDeadline(one, end?.at ?? one.lastObservedAt);
  const whole = `${Math.abs(seconds).toFixed(0)} s`;
  const when = seconds < 0 ? (end ? 'early' : 'left') : end ? 'late' : 'overdue';
  const words = [state, ...(reason === 'Timed out' ? [reason] : []), `${whole} ${when}`];
  // Red is only what has gone wrong: an operation that is overdue, and has not ended.
  const isLost = one.side === 'without' && seconds >= 0;
  const colour = end ? 'green' : isLost ? 'red' : 'yellow';
  return { text: words.join(', '), paint: (text) => paint(colour, text) };
}

/** Heat's own status of each stack, and how far it is from its deadline. Empty if nothing was seen. */
export function sideBySide(observed: readonly ObservedOperation[], paint: Paint, room: Room): string {
  if (observed.length === 0) return '';
  const stacks = [...new Set(observed.map(({ operation }) => operation))];
  const cell = (stack: string, side: Side): Cell => {
    const one = observed.find((one) => one.operation.stack === stack && one.side === side);
    return one ? cellOf(one, paint) : '';
  };
  return renderTable(
    ['STACK', { title: 'OPERATION', dispensable: 1 }, 'WITHOUT HEAT-BRIDGE', 'WITH HEAT-BRIDGE'],
    stacks.map(({ stack, action, rollback }) => [
      stack,
      `${action}${rollback ? ', rollback' : ''}`,
      cell(stack, 'without'),
      cell(stack, 'with'),
    ]),
    room,
  );
}

/** An operation's latest change as a sentence. */
export function changeSentence(one: ObservedOperation): string {
  const { at, state, reason } = latest(one);
  const seconds = fromDeadline(one, at);
  const when = seconds < 0 ? 'before' : 'after';
  const { stack } = one.operation;
  return `${stack} ${one.side} heat-bridge: ${state}, ${reason}, ${Math.abs(seconds).toFixed(1)} s ${when} its deadline`;
}

/** How overdue the operations are without the bridge, and how late they ended with it. */
export function summary(observed: readonly ObservedOperation[]): string {
  const late = (side: Side): string => {
    const seconds = observed
      .filter((one) => one.side === side)
      .map((one) => fromDeadline(one, endOf(one)?.at ?? one.lastObservedAt).toFixed(0));
    const sorted = [...new Set(seconds)].toSorted((a, b) => Number(a) - Number(b));
    return sorted.length > 1 ? `${sorted[0]} to ${sorted.at(-1)} s` : `${sorted[0]} s`;
  };
  return [
    `Without heat-bridge: still IN_PROGRESS ${late('without')} after the deadlines, with living engines.`,
    `With heat-bridge: ended by Heat ${late('with')} after the deadlines.`,
  ].join('\n');
}
