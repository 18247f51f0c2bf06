/** All that is known of each operation, put together from requests, answers, events and rows. */
import type { OperationStatusChange, RequestOf, Stack } from '../../../../contract/index.ts';
import { type StackRow, toStack } from '../../../../lambdas/domain/stack/state.ts';
import type { Asked, Observations } from '../observations.ts';

/** A request of one kind with its answer. */
export type AskedFor<C extends Asked['request']['command']> = Asked & { readonly request: RequestOf<C> };

export interface Operation {
  readonly stackId: string;
  readonly operationId: string;
  readonly asked: readonly Asked[];
  readonly events: readonly OperationStatusChange[];
  /** Undefined: another operation has its place. */
  readonly row: StackRow | undefined;
  /** Its different ends: there is to be one. */
  readonly ends: readonly Stack[];
}

export const named = ({ stackId, operationId }: Pick<Stack, 'stackId' | 'operationId'>): string =>
  `${stackId} ${operationId}`;

export function operationsOf({ asked, operationEvents, finalState }: Observations): Map<string, Operation> {
  const requests = Map.groupBy(asked, ({ request }) => named(request));
  const events = Map.groupBy(operationEvents, named);
  const rows = new Map(finalState.stacks.map((row) => [named(row), row]));
  const all = new Map<string, Operation>();
  for (const name of new Set([...requests.keys(), ...events.keys(), ...rows.keys()])) {
    const [stackId = '', operationId = ''] = name.split(' ');
    const own = { asked: requests.get(name) ?? [], events: events.get(name) ?? [], row: rows.get(name) };
    all.set(name, { stackId, operationId, ...own, ends: endsOf(own) });
  }
  return all;
}

/**
 * An event that came twice has the same id; a row in its end is the end that was published, if it
 * was.
 */
function endsOf({ events, row }: Pick<Operation, 'events' | 'row'>): Stack[] {
  const ends = new Map<number, Stack>();
  for (const event of events) if (event.status !== 'IN_PROGRESS') ends.set(event.version, event);
  if (row && row.status !== 'IN_PROGRESS' && !ends.has(row.version)) ends.set(row.version, toStack(row));
  return [...ends.values()];
}

export const requestsFor = <C extends Asked['request']['command']>(
  { asked }: Pick<Operation, 'asked'>,
  command: C,
): AskedFor<C>[] => asked.filter((one): one is AskedFor<C> => one.request.command === command);

/** Whether it may have taken effect. */
export const notRefused = ({ answer }: Asked): boolean => answer === undefined || answer.ok;

/** The stack that an accepted request was answered with. */
export const answered = ({ answer }: Asked): Stack | undefined =>
  answer?.ok && 'stack' in answer ? answer.stack : undefined;

/** Whether the operation exists: a request of it was answered ok, or it was observed otherwise. */
export const exists = ({ asked, events, row }: Operation): boolean =>
  row !== undefined || events.length > 0 || asked.some((one) => answered(one) !== undefined);

export const short = (stack: Stack): string =>
  `${stack.status} ${stack.cause ?? ''} at ${stack.endedAt}, deadline ${stack.deadline}, version ${stack.version}`;
