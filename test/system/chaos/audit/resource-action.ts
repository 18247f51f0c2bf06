/** All that is known of each resource action. */
import type { RequestOf, ResourceAction, ResourceActionStatusChange } from '../../../../contract/index.ts';
import {
  type ResourceActionRow,
  toResourceAction,
} from '../../../../lambdas/domain/resource-action/state.ts';
import type { EngineSaid, Observations } from '../observations.ts';

export interface AuditedResourceAction {
  readonly stackId: string;
  readonly operationId: string;
  readonly resource: string;
  /** What was asked for, and whether that was accepted. */
  readonly dispatch: RequestOf<'DispatchResource'> | undefined;
  readonly accepted: boolean;
  /** In their order. */
  readonly events: readonly ResourceActionStatusChange[];
  readonly row: ResourceActionRow | undefined;
  readonly ends: readonly ResourceAction[];
  /** What engines were told is COMPLETE by them. */
  readonly completed: readonly EngineSaid[];
}

export const namedResource = ({
  stackId,
  operationId,
  resource,
}: Pick<ResourceAction, 'stackId' | 'operationId' | 'resource'>): string =>
  `${stackId} ${operationId} ${resource}`;

export function resourcesOf({
  asked,
  said,
  resourceEvents,
  finalState,
}: Observations): AuditedResourceAction[] {
  const dispatches = new Map<string, { dispatch: RequestOf<'DispatchResource'>; accepted: boolean }>();
  for (const { request, answer } of asked)
    if (request.command === 'DispatchResource')
      dispatches.set(namedResource(request), { dispatch: request, accepted: answer?.ok === true });
  const events = Map.groupBy(resourceEvents, namedResource);
  const rows = new Map(finalState.resources.map((row) => [namedResource(row), row]));
  const completed = new Map<string, EngineSaid[]>();
  for (const one of said) {
    if (one.line.type !== 'completed') continue;
    const name = namedResource(one.line);
    completed.set(name, [...(completed.get(name) ?? []), one]);
  }
  return [...new Set([...dispatches.keys(), ...events.keys(), ...rows.keys()])].map((name) => {
    const [stackId = '', operationId = '', resource = ''] = name.split(' ');
    const row = rows.get(name);
    const own = (events.get(name) ?? []).toSorted((a, b) => a.version - b.version);
    return {
      ...{ stackId, operationId, resource, row, events: own },
      ...{ dispatch: undefined, accepted: false, ...dispatches.get(name) },
      ends: endsOf(own, row),
      completed: completed.get(name) ?? [],
    };
  });
}

function endsOf(
  events: readonly ResourceActionStatusChange[],
  row: ResourceActionRow | undefined,
): ResourceAction[] {
  const ends = new Map<number, ResourceAction>();
  for (const event of events) if (event.status !== 'IN_PROGRESS') ends.set(event.version, event);
  if (row && row.status !== 'IN_PROGRESS' && !ends.has(row.version))
    ends.set(row.version, toResourceAction(row));
  return [...ends.values()];
}
