/** What is printed at the end of a run. */
import { renderTable } from '../../../cli/terminal/table.ts';
import { median, percentile } from '../../support/statistics.ts';
import { nameOf } from './audit/auditor.ts';
import type { ChaosResult } from './chaos.ts';

const MOST_FINDINGS = 20;

export function reportOf(result: ChaosResult, seed: number): string {
  return [
    table('what was done', 'times', result.disturbed),
    table('stacks', 'number', result.scripts),
    table('how operations ended', 'number', endsOf(result)),
    auditTable(result),
    delaysOf(result),
    ...findingsOf(result),
    `seed ${seed}`,
  ].join('\n\n');
}

const table = (what: string, howMany: string, counts: ReadonlyMap<string, number>): string =>
  renderTable(
    [what, howMany],
    [...counts].toSorted().map(([name, count]) => [name, String(count)]),
  );

function endsOf({ observations }: ChaosResult): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { status, cause } of observations.operationEvents) {
    if (status === 'IN_PROGRESS') continue;
    const name = `${status} ${cause}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function auditTable({ checks, findings }: ChaosResult): string {
  const number = (promise: string) => Number(promise.slice(1));
  const rows = [...checks]
    .toSorted(([a], [b]) => number(a) - number(b))
    .map(([promise, count]) => {
      const found = findings.filter((finding) => finding.promise === promise).length;
      return [nameOf(promise), String(count), found === 0 ? 'holds' : `broken ${found} times`];
    });
  return renderTable(['audit', 'checks', ''], rows);
}

function delaysOf({ delays }: ChaosResult): string {
  const seconds = (milliseconds = 0) => (milliseconds / 1000).toFixed(1);
  const row = (what: string, values: readonly number[]) => [
    what,
    String(values.length),
    ...[median(values), percentile(values, 99), percentile(values, 100)].map(seconds),
  ];
  return renderTable(
    ['delays in seconds', 'number', 'median', 'p99', 'max'],
    [
      row('of timeouts, after the deadline', delays.timeout),
      row('of what belongs to an operation, after its end', delays.cascade),
    ],
  );
}

function findingsOf({ findings }: ChaosResult): string[] {
  if (findings.length === 0) return [];
  const lines = findings.slice(0, MOST_FINDINGS).map(({ promise, what }) => `${promise}: ${what}`);
  const more = findings.length - lines.length;
  return [[...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')];
}
