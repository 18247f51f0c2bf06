/** Says of a failed operation what failed, when, where and how late, and what to type next. */
import type { ResourceAction, Stack } from '../../contract/index.ts';
import type { DeploymentFlags } from '../locate.ts';
import { isCancelled, reachedText } from '../rows.ts';
import { commandLine } from './command-line.ts';
import { type Paint, timeSince } from './output.ts';
import { printableRow } from './printable.ts';
import { lastFailure } from './resource-output.ts';

/** More are in the table above. */
const MAX_TOLD = 5;
/** More would say the same. */
const MAX_NEXT = 3;

const HAPPENED: Readonly<Record<NonNullable<ResourceAction['cause']>, string>> = {
  TIMEOUT: 'timed out',
  REPORTED: 'failed',
  CANCELLED: 'was cancelled',
  ENGINE_LOST: 'lost its engine',
  NO_ENGINE: 'was claimed by no engine',
};

/** `attempt 3 of 3 on engine-7 timed out (START_TO_CLOSE, 70ms late) 2h 05m ago: Timed out`. */
function whatHappened(resource: ResourceAction, now: number): string {
  const { attempt, maxAttempts, engineId, cause, endedAt, statusReason } = resource;
  const reached = reachedText(resource);
  return [
    `attempt ${attempt} of ${maxAttempts}`,
    engineId && `on ${engineId}`,
    (cause && HAPPENED[cause]) ?? 'failed',
    reached && `(${reached})`,
    endedAt && `${timeSince(endedAt, now)} ago`,
  ]
    .filter(Boolean)
    .join(' ')
    .concat(`: ${statusReason}`);
}

/** Empty unless the operation failed. */
export function failureText(
  stack: Stack,
  resources: readonly ResourceAction[],
  now: number,
  deployment: DeploymentFlags,
  paint: Paint,
): string[] {
  if (stack.status !== 'FAILED') return [];
  const failed = resources
    .filter((resource) => resource.status === 'FAILED' && !isCancelled(resource))
    .toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? ''))
    .map(printableRow);
  const told = failed.slice(0, MAX_TOLD).flatMap((resource) => {
    const before = lastFailure(resource);
    return [
      `  ${resource.resource}: ${whatHappened(resource, now)}`,
      ...(before === undefined ? [] : [`    before: ${before}`]),
    ];
  });
  if (failed.length > MAX_TOLD) told.push(`  ... and ${failed.length - MAX_TOLD} more in the table`);
  const { stackId } = printableRow(stack);
  const next = [
    ['history', stackId],
    ...failed.slice(0, MAX_NEXT).map(({ resource }) => ['resource', stackId, resource]),
  ].map((words) => `  ${commandLine(words, deployment)}`);
  return [
    ...(told.length > 0 ? [[paint('dim', 'What failed first'), ...told].join('\n')] : []),
    [paint('dim', 'Next'), ...next].join('\n'),
  ];
}
