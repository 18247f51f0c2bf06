/** Shows a run in sentences and tables. */
import { renderTable } from '../cli/terminal/table.ts';
import type { Stack } from '../contract/index.ts';
import { LATENESS_BOUNDS, lateness, pathOf } from './checker.ts';
import { attemptsOf, type Entry } from './event-log.ts';
import type { Operation } from './operations.ts';

export const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const timeOfDay = (iso = ''): string => iso.slice(11, 19);

/** An entry of the event log as a sentence; undefined if it is no news. */
export function sentence(entry: Entry, entries: readonly Entry[]): string | undefined {
  switch (entry.kind) {
    case 'operation': {
      const { stackId, action, status, statusReason, deadline } = entry.change;
      if (status === 'IN_PROGRESS') return `${stackId}: ${action} started, deadline ${timeOfDay(deadline)}`;
      const late = lateness(entry.change);
      const after = late === undefined ? '' : `, ${inSeconds(late)} after its deadline`;
      return `${stackId}: ${action}_${status}, ${statusReason}${after}`;
    }
    case 'engine': {
      const work = attemptsOf(entries).flatMap(({ lost, resource }) => (lost === entry ? resource : []));
      const during = work.length > 0 ? ` in the middle of ${work.join(' and ')}` : '';
      return `engine ${entry.engine} is ${entry.did}${during}`;
    }
    case 'fenced':
      return `engine ${entry.engine} is told to stop ${entry.resource}, attempt ${entry.attempt}`;
    case 'resource': {
      const { id, resource, attempt, phase, status, cause, engineId } = entry.change;
      const which = attempt === 1 ? '' : `, attempt ${attempt}`;
      if (phase === 'RUNNING') return `engine ${engineId} works on ${resource}${which}`;
      if (cause === 'CANCELLED') return `${resource} ends with its operation`;
      if (status !== 'IN_PROGRESS') return `${resource} is ${status}${which}`;
      const { engine, lost } = attemptsOf(entries).find(({ end }) => end?.change.id === id) ?? {};
      const after = lost && `${inSeconds(entry.at - lost.at)} after it was ${lost.did}`;
      return after && `${resource}: engine ${engine} is declared lost, ${after}`;
    }
  }
}

type Ended = readonly (readonly [Operation, Stack])[];

/** How each operation ended. */
export function operationTable(ended: Ended): string {
  const rows = ended.map(([operation, stack]) => {
    const { stackId, action, status, deadline, endedAt } = stack;
    const late = lateness(stack);
    const times = [timeOfDay(deadline), timeOfDay(endedAt), late === undefined ? '-' : inSeconds(late)];
    return [stackId, `${action}_${status}`, ...times, pathOf(operation, stack) ?? '-', operation.note ?? ''];
  });
  return renderTable(['STACK', 'STATUS', 'DEADLINE', 'ENDED', 'LATENESS', 'PATH', ''], rows);
}

/** How late the timeouts were. */
export function lateSummary(ended: Ended): string {
  const late = ended.flatMap(([, stack]) => lateness(stack) ?? []).toSorted((a, b) => a - b);
  const middle = late.slice(Math.floor((late.length - 1) / 2), Math.floor(late.length / 2) + 1);
  const median = middle.reduce((sum, value) => sum + value, 0) / Math.max(1, middle.length);
  const latest = late.at(-1) ?? 0;
  const bounds = Object.entries(LATENESS_BOUNDS)
    .map(([path, bound]) => `${path} ${bound} s`)
    .join(', ');
  const seen = `median ${inSeconds(median)}, at most ${inSeconds(latest)}`;
  return `${late.length} timeouts, lateness: ${seen} (allowed: ${bounds})`;
}

/** Prints what did not hold, or that all of it held. */
export function verdict(failures: readonly string[], held: string): boolean {
  const lines = failures.length > 0 ? ['This did not hold:', ...failures] : [`All of it held: ${held}`];
  console.log(lines.join('\n  '));
  return failures.length === 0;
}
