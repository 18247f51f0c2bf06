/** The table at the end, and whether all held. */
import { renderTable } from '../cli/terminal/table.ts';
import { ended, endPath, lateness, type Operation } from './operation.ts';
import { judge, LATENESS_BOUNDS } from './verdict.ts';

/** The time of day, UTC, to the millisecond. */
const timeOfDay = (iso: string | undefined): string => iso?.slice(11, 23) ?? '-';
const seconds = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(3)} s`;

export function resultTable(operations: readonly Operation[]): string {
  return renderTable(
    ['STACK', 'DEADLINE', 'ENDED', 'LATENESS', 'PATH', 'STATUS'],
    operations.map((operation) => [
      operation.stackId,
      timeOfDay(operation.stack?.deadline),
      timeOfDay(operation.stack?.endedAt),
      seconds(lateness(operation)),
      endPath(operation) ?? '-',
      operation.stack ? `${operation.stack.action}_${operation.stack.status}` : '-',
    ]),
  );
}

/** How late each path may be. */
export const allowed = (): string =>
  `Allowed lateness: ${Object.entries(LATENESS_BOUNDS)
    .map(([path, seconds]) => `${path} ${seconds} s`)
    .join(', ')}`;

/** How many ended how, and how late. */
export function summary(operations: readonly Operation[]): string {
  const lines = [`${operations.length} operations, ${operations.filter(ended).length} ended`];
  for (const path of ['near', 'schedule', 'sweep'] as const) {
    const late = operations.filter((one) => endPath(one) === path).map((one) => lateness(one) ?? 0);
    if (late.length === 0) continue;
    const quantiles = `lateness p50 ${seconds(percentile(late, 50))}, p99 ${seconds(percentile(late, 99))}`;
    lines.push(`${late.length} timed out by path ${path}: ${quantiles}`);
  }
  const completed = operations.filter((one) => endPath(one) === 'completed').length;
  if (completed > 0) lines.push(`${completed} completed in time, and not touched since`);
  return lines.join('\n');
}

/** What did not hold, a line each. */
export const failures = (operations: readonly Operation[]): string[] =>
  operations.flatMap((operation) => judge(operation).map((reason) => `${operation.stackId}: ${reason}`));

function percentile(values: readonly number[], p: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
}
