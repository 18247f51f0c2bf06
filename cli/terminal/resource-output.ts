/** Formats resource actions as text. */
import type { AnswerOf, ResourceAction } from '../../contract/index.ts';
import type { Terminal } from '../environment.ts';
import { causeOf, causeText, failuresFirst, isCancelled, nextDeadline } from '../rows.ts';
import {
  fieldLines,
  type Paint,
  painted,
  paintStatus,
  STATUS_COLOURS,
  timeAndAge,
  timeSince,
  timeUntil,
} from './output.ts';
import { jsonText, printableRow } from './printable.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { roomOf } from './width.ts';

/** The next deadline, such as `heartbeat 28s`. */
function timeLeft(resource: ResourceAction, now: number): string {
  const next = nextDeadline(resource);
  return next === undefined ? '' : `${next.name} ${timeUntil(next.time, now)}`;
}

/** What was taken back is no failure. */
const statusCell = (resource: ResourceAction, paint: Paint): Cell =>
  isCancelled(resource)
    ? painted('dim', 'CANCELLED', paint)
    : painted(STATUS_COLOURS[resource.status], `${resource.action}_${resource.status}`, paint);

/** Since when it is in its phase; the service may not tell. */
const inPhase = ({ phaseStartedAt }: ResourceAction, now: number): string =>
  phaseStartedAt === undefined ? '' : timeSince(phaseStartedAt, now);

const heard = ({ lastHeartbeatAt }: ResourceAction, now: number): string =>
  lastHeartbeatAt === undefined ? '' : `${timeSince(lastHeartbeatAt, now)} ago`;

const COLUMNS: readonly Column[] = [
  { title: 'RESOURCE', shrinksTo: 10 },
  // So that CREATE_F… and CREATE_C… are told apart, and the next deadline is whole: on 80 columns.
  { title: 'STATUS', shrinksTo: 9 },
  { title: 'PHASE' },
  { title: 'FOR', dispensable: 3 },
  { title: 'ATTEMPT', dispensable: 1 },
  { title: 'ENGINE', shrinksTo: 9 },
  { title: 'HEARD', dispensable: 2 },
  { title: 'NEXT OR CAUSE', shrinksTo: 17 },
  { title: 'REASON', shrinksTo: 12, dispensable: 4 },
];
/** Columns that are there only if the service tells. */
const OPTIONAL = ['FOR', 'HEARD'];

export function resourceTable(resources: readonly ResourceAction[], now: number, terminal: Terminal): string {
  const rows = failuresFirst(resources.map(printableRow)).map(
    (resource): Record<string, Cell> => ({
      RESOURCE: resource.resource,
      STATUS: statusCell(resource, terminal.paint),
      PHASE: resource.phase ?? '',
      FOR: inPhase(resource, now),
      ATTEMPT: `${resource.attempt}/${resource.maxAttempts}`,
      ENGINE: resource.engineId ?? '',
      HEARD: heard(resource, now),
      'NEXT OR CAUSE': resource.status === 'IN_PROGRESS' ? timeLeft(resource, now) : causeOf(resource),
      REASON: resource.statusReason,
    }),
  );
  const columns = COLUMNS.filter(({ title }) => !OPTIONAL.includes(title) || rows.some((row) => row[title]));
  return renderTable(
    columns,
    rows.map((row) => columns.map(({ title }) => row[title] ?? '')),
    roomOf(terminal),
  );
}

/** One line for a change. */
export function resourceChangeLine(answered: ResourceAction, now: number, paint: Paint): string {
  const resource = printableRow(answered);
  const details = [
    resource.phase,
    `attempt ${resource.attempt}/${resource.maxAttempts}`,
    resource.engineId && `engine ${resource.engineId}`,
    resource.status === 'IN_PROGRESS'
      ? resource.statusReason
      : `${resource.statusReason}${resource.cause ? ` (${causeOf(resource)})` : ''}`,
  ];
  const { stackId, resource: name } = resource;
  const status = isCancelled(resource) ? paint('dim', 'CANCELLED') : paintStatus(resource, paint);
  return `${new Date(now).toISOString()}  ${stackId} ${name}  ${status}  ${details.filter(Boolean).join(', ')}`;
}

type GetResourceAnswer = Extract<AnswerOf<'GetResource'>, { ok: true }>;

/** All fields of a resource action, then its input and output as JSON. */
export function resourceDetails(
  { resource: answered, input, output }: GetResourceAnswer,
  now: number,
  paint: Paint,
): string {
  const resource = printableRow(answered);
  const time = (at: string | undefined): string | undefined => at && `${at}  (${timeUntil(at, now)})`;
  const fields = fieldLines(
    [
      ['Resource', paint('bold', resource.resource)],
      ['Type', resource.resourceType],
      ['Stack', resource.stackId],
      ['Operation', resource.operationId],
      ['Status', paintStatus(resource, paint)],
      ['Phase', resource.phase],
      ['In phase since', timeAndAge(resource.phaseStartedAt, now)],
      ['Attempt', `${resource.attempt} of ${resource.maxAttempts}`],
      ['Engine', resource.engineId],
      ['Last heard', timeAndAge(resource.lastHeartbeatAt, now)],
      ['Reason', resource.statusReason],
      ['Cause', causeText(resource) || undefined],
      ['Last failure', lastFailure(resource)],
      ['Queue at', time(resource.queueAt)],
      ['Start deadline', time(resource.startDeadline)],
      ['Heartbeat deadline', time(resource.heartbeatDeadline)],
      ['Attempt deadline', time(resource.attemptDeadline)],
      ['Final deadline', time(resource.finalDeadline)],
      ['Retry at', time(resource.retryAt)],
      ['Ended', timeAndAge(resource.endedAt, now)],
      ['Version', String(resource.version)],
    ],
    paint,
  );
  return [fields, ...payload('Input', input, paint), ...payload('Output', output, paint)].join('\n\n');
}

/** How the last attempt failed that another one was to follow. */
export function lastFailure({ lastFailure: failure }: ResourceAction): string | undefined {
  if (failure === undefined) return undefined;
  const { attempt, engineId, cause, reason, at } = failure;
  return `attempt ${attempt} on ${engineId}: ${cause}, ${reason}, at ${at}`;
}

function payload(title: string, value: unknown, paint: Paint): string[] {
  if (value === undefined) return [];
  return [`${paint('dim', title)}\n${jsonText(value, 2)}`];
}
