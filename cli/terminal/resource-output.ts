/** Formats resource actions as text. */
import type { AnswerOf, ResourceAction } from '../../contract/index.ts';
import { fieldLines, type Paint, paintStatus, timeUntil } from './output.ts';
import { jsonText, printableRow } from './printable.ts';
import { renderTable } from './table.ts';

const DEADLINES = [
  ['queue', 'queueAt'],
  ['start', 'startDeadline'],
  ['heartbeat', 'heartbeatDeadline'],
  ['attempt', 'attemptDeadline'],
  ['all attempts', 'finalDeadline'],
  ['retry', 'retryAt'],
] as const;

/** The next deadline, such as `heartbeat 28s`. Empty if only the operation's deadline is left. */
function nextDeadline(resource: ResourceAction, now: number): string {
  const [first] = DEADLINES.flatMap(([name, field]) => {
    const time = resource[field];
    return time === undefined ? [] : [{ name, time }];
  }).toSorted((a, b) => a.time.localeCompare(b.time));
  return first === undefined ? '' : `${first.name} ${timeUntil(first.time, now)}`;
}

const COLUMNS = ['RESOURCE', 'STATUS', 'PHASE', 'ATTEMPT', 'ENGINE', 'NEXT OR CAUSE', 'REASON'];

export function resourceTable(resources: readonly ResourceAction[], now: number, paint: Paint): string {
  const rows = resources
    .map(printableRow)
    .map((resource) => [
      resource.resource,
      paintStatus(resource, paint),
      resource.phase ?? '',
      `${resource.attempt}/${resource.maxAttempts}`,
      resource.engineId ?? '',
      resource.status === 'IN_PROGRESS' ? nextDeadline(resource, now) : (resource.cause ?? ''),
      resource.statusReason,
    ]);
  return renderTable(COLUMNS, rows);
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
      ['Attempt', `${resource.attempt} of ${resource.maxAttempts}`],
      ['Engine', resource.engineId],
      ['Reason', resource.statusReason],
      ['Cause', resource.cause],
      ['Queue at', time(resource.queueAt)],
      ['Start deadline', time(resource.startDeadline)],
      ['Heartbeat deadline', time(resource.heartbeatDeadline)],
      ['Attempt deadline', time(resource.attemptDeadline)],
      ['Final deadline', time(resource.finalDeadline)],
      ['Retry at', time(resource.retryAt)],
      ['Ended', resource.endedAt],
      ['Version', String(resource.version)],
    ],
    paint,
  );
  return [fields, ...payload('Input', input, paint), ...payload('Output', output, paint)].join('\n\n');
}

function payload(title: string, value: unknown, paint: Paint): string[] {
  if (value === undefined) return [];
  return [`${paint('dim', title)}\n${jsonText(value, 2)}`];
}
