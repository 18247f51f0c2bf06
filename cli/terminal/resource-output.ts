/** How resource actions look to people. */
import type { AnswerOf, ResourceAction } from '../../contract/index.ts';
import { factLines, type Paint, paintStatus, printable, timeUntil } from './output.ts';
import { renderTable } from './table.ts';

/** What can come next, and what it is called. */
const DEADLINES = [
  ['start', 'startDeadline'],
  ['heartbeat', 'heartbeatDeadline'],
  ['attempt', 'attemptDeadline'],
  ['all attempts', 'finalDeadline'],
  ['retry', 'retryAt'],
] as const;

/** What comes next, and when: `heartbeat 28s`. Empty if nothing does but the operation's own deadline. */
function next(resource: ResourceAction, now: number): string {
  const [first] = DEADLINES.flatMap(([what, field]) => {
    const time = resource[field];
    return time === undefined ? [] : [{ what, time }];
  }).toSorted((a, b) => a.time.localeCompare(b.time));
  return first === undefined ? '' : `${first.what} ${timeUntil(first.time, now)}`;
}

const COLUMNS = ['RESOURCE', 'STATUS', 'PHASE', 'ATTEMPT', 'ENGINE', 'NEXT OR CAUSE', 'REASON'];

export function resourceTable(resources: readonly ResourceAction[], now: number, paint: Paint): string {
  const rows = resources.map((resource) => [
    resource.resource,
    paintStatus(resource, paint),
    resource.phase ?? '',
    `${resource.attempt}/${resource.maxAttempts}`,
    resource.engineId ?? '',
    resource.status === 'IN_PROGRESS' ? next(resource, now) : (resource.cause ?? ''),
    printable(resource.statusReason),
  ]);
  return renderTable(COLUMNS, rows);
}

type Found = Extract<AnswerOf<'GetResource'>, { ok: true }>;

/** Everything about a resource action; its input and output as JSON below. */
export function resourceText({ resource, input, output }: Found, now: number, paint: Paint): string {
  const time = (at: string | undefined): string | undefined => at && `${at}  (${timeUntil(at, now)})`;
  const facts = factLines(
    [
      ['Resource', paint('bold', resource.resource)],
      ['Type', resource.resourceType],
      ['Stack', resource.stackId],
      ['Operation', resource.operationId],
      ['Status', paintStatus(resource, paint)],
      ['Phase', resource.phase],
      ['Attempt', `${resource.attempt} of ${resource.maxAttempts}`],
      ['Engine', resource.engineId],
      ['Reason', printable(resource.statusReason)],
      ['Cause', resource.cause],
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
  return [facts, ...payload('Input', input, paint), ...payload('Output', output, paint)].join('\n\n');
}

function payload(title: string, value: unknown, paint: Paint): string[] {
  if (value === undefined) return [];
  const lines = JSON.stringify(value, null, 2).split('\n').map(printable);
  return [[paint('dim', title), ...lines].join('\n')];
}
