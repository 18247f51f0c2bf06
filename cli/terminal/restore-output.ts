/** The report of a restore as text. */
import { formatCount } from '../progress.ts';
import type { Report } from '../restore/restore.ts';
import { renderTable } from './table.ts';

interface Context {
  readonly dryRun: boolean;
  readonly overwrite: boolean;
  readonly source: string;
  readonly target: string;
}

export function restoreText(report: Report, { dryRun, overwrite, source, target }: Context): string {
  const { triggers, read, copied, kept, skipped, rearmed, failed } = report;
  const counts = [
    [`rows of ${source}`, read],
    [`${dryRun ? 'would be copied' : 'copied'} to ${target}`, copied],
    [`kept as ${target} has them`, kept],
    ['expired, or of the deployment itself', skipped],
    ...(dryRun ? [] : [['timers with a new wake-up', rearmed] as const]),
  ] as const;
  const off = triggers.filter(({ wasOn }) => !wasOn).map(({ name }) => name);
  return [
    renderTable(
      ['ROWS', 'WHAT'],
      counts.map(([what, count]) => [formatCount(count), what]),
    ),
    ...(off.length > 0 ? [`${dryRun ? 'Off now' : 'Off before'}: ${off.join(', ')}.`] : []),
    ...(kept > 0 && !overwrite
      ? ['The rows that were kept are the same or newer. --overwrite replaces them, whatever they are.']
      : []),
    ...(dryRun
      ? ['Nothing was changed. With --yes instead of --dry-run, no timeout fires until all rows are copied.']
      : []),
    ...(failed > 0 ? [`${formatCount(failed)} timers got no new wake-up: run stack-timeouts rearm.`] : []),
  ].join('\n\n');
}
