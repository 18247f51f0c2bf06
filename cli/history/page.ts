/** What `history` prints: the operation, its timeline, its entries, the other operations. */
import type { HistoryEntry } from '../../contract/index.ts';
import { lateBy } from '../duration.ts';
import type { Terminal } from '../environment.ts';
import type { DeploymentFlags } from '../locate.ts';
import { causeOf, causeText } from '../rows.ts';
import { commandLine } from '../terminal/command-line.ts';
import { fieldLines } from '../terminal/output.ts';
import { printable, printableRow } from '../terminal/printable.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { roomOf } from '../terminal/width.ts';
import { elapsed } from './axis.ts';
import { drawTimeline } from './terminal.ts';
import type { Timeline } from './timeline.ts';
import { statusOf, whatHappened } from './words.ts';

interface PageOptions {
  readonly terminal: Terminal;
  /** Where the service is. */
  readonly deployment: DeploymentFlags;
  readonly ascii?: boolean;
  /** Whether to draw the timeline. */
  readonly timeline: boolean;
  /** If only the entries of this resource were read. */
  readonly resource?: string;
  /** If only this operation was asked for. */
  readonly operation?: string;
}

/** The width if the terminal does not tell. */
const WIDTH = 80;

export function historyText(
  stackId: string,
  entries: readonly HistoryEntry[],
  timeline: Timeline | undefined,
  options: PageOptions,
): string {
  if (timeline === undefined) return withoutEntries(stackId, options);
  const unicode = options.terminal.unicode && !options.ascii;
  const terminal = { ...options.terminal, unicode };
  const drawing = { width: terminal.screen?.columns || WIDTH, unicode, paint: terminal.paint };
  const { operationId } = timeline.operation;
  const own = entries.filter((one) => one.operationId === operationId);
  const isCut = !timeline.complete && options.resource === undefined;
  const table = entryTable(own, terminal);
  const others = otherOperations(entries, operationId);
  return [
    header(timeline, terminal),
    ...(options.timeline ? [drawTimeline(timeline, drawing)] : []),
    table,
    ...(isCut
      ? ['Earlier entries are missing: the limit was reached (--limit), or their retention time is over.']
      : []),
    ...(others.length > 0 ? [`Other operations, to be shown with --operation:\n${others.join('\n')}`] : []),
  ].join('\n\n');
}

function withoutEntries(stackId: string, { resource, operation, deployment }: PageOptions): string {
  const of = [operation && `operation ${operation}`, resource && `resource ${resource}`].filter(Boolean);
  const what = printable(`stack ${stackId}${of.length > 0 ? `, ${of.join(', ')}` : ''}`);
  const command = (name: string) => printable(commandLine([name, stackId], deployment));
  const narrowed = of.length > 0 ? `\n- For all its entries: ${command('history')}` : '';
  return (
    `There is no history of ${what}.${narrowed}\n` +
    '- An entry is kept for the retention time (see the settings of the deployment).\n' +
    '- The deployment writes none if its history is switched off.\n' +
    '- Changes made before the deployment had a history have no entry.\n' +
    `What is known of it now: ${command('get')}`
  );
}

function header({ operation, from, until }: Timeline, { paint }: Terminal): string {
  const { stackId, operationId, startedAt, deadline, end } = operation;
  const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  const lasted = elapsed((end?.at ?? until) - (startedAt ?? from));
  return fieldLines(
    [
      ['Stack', paint('bold', printable(stackId))],
      ['Operation', printable(operationId)],
      ['Status', printable(statusOf(operation))],
      ['Reason', end && printable(end.reason)],
      ['Cause', (end && causeText(end)) || undefined],
      ['Started', iso(startedAt)],
      ['Deadline', iso(deadline)],
      ['Ended', end && `${iso(end.at)}  (after ${lasted})`],
    ],
    paint,
  );
}

const COLUMNS: readonly Column[] = [
  { title: 'AT' },
  { title: 'RESOURCE', shrinksTo: 8 },
  { title: 'WHAT', shrinksTo: 10 },
  { title: 'ATTEMPT' },
  { title: 'ENGINE', shrinksTo: 6 },
  { title: 'CAUSE', shrinksTo: 6 },
  { title: 'LATE BY', dispensable: 1 },
  // A few letters of it tell nothing, and take the room of the others.
  { title: 'REASON', shrinksTo: 20, dispensable: 2 },
];

/** Newest first, as the service answers. */
function entryTable(entries: readonly HistoryEntry[], terminal: Terminal): string {
  // The day stands above, unless there are several.
  const isOneDay = new Set(entries.map(({ at }) => at.slice(0, 10))).size === 1;
  const rows = entries
    .map(printableRow)
    .map((entry) => [
      isOneDay ? entry.at.slice(11, 23) : entry.at,
      entry.resource ?? '',
      whatHappened(entry),
      entry.attempt === undefined ? '' : String(entry.attempt),
      entry.engineId ?? '',
      causeOf(entry),
      entry.latenessMs === undefined ? '' : lateBy(entry.latenessMs),
      entry.statusReason,
    ]);
  return renderTable(COLUMNS, rows, roomOf(terminal));
}

/** A line for each, newest first. */
function otherOperations(entries: readonly HistoryEntry[], shown: string): string[] {
  const groups = Map.groupBy(entries, ({ operationId }) => operationId);
  groups.delete(shown);
  return [...groups].map(([operationId, some]) => {
    const newest = some.find(({ resource }) => resource === undefined);
    const status = newest && `  ${newest.action}_${newest.status}`;
    return printable(`  ${some[0]?.at}  ${operationId}${status ?? ''}`);
  });
}
