/** Formats the result of a redrive as text. */

import type { RedriveOptions } from '../redrive/redrive.ts';
import type { Item, Report } from '../redrive/report.ts';
import { printable } from './printable.ts';
import { renderTable } from './table.ts';

/** The most items listed; further ones are only counted. */
const MAX_LISTED = 20;

export function redriveText(reports: readonly Report[], options: RedriveOptions): string {
  const sections = [
    renderTable(
      ['FROM', options.dryRun ? 'WOULD BE SENT' : 'SENT', 'MALFORMED', 'FAILED'],
      reports.map((report) => [
        report.source,
        ...[report.sent, report.malformed, report.failed].map((items) => String(items.length)),
      ]),
    ),
  ];
  for (const report of reports) {
    if (options.dryRun) sections.push(...details(report, 'would be sent', report.sent));
    sections.push(
      ...details(report, malformedTitle(options), report.malformed),
      ...details(report, 'failed', report.failed),
    );
    if (report.error !== undefined)
      sections.push(`${report.source}: stopped by an error: ${printable(report.error)}`);
  }
  return [...sections, ...hints(reports, options)].join('\n\n');
}

const malformedTitle = ({ dryRun, deleteMalformed }: RedriveOptions): string => {
  if (!deleteMalformed) return 'malformed, left where they are';
  return dryRun ? 'malformed, would be deleted' : 'malformed, deleted';
};

function details(report: Report, title: string, items: readonly Item[]): string[] {
  if (items.length === 0) return [];
  const lines = items
    .slice(0, MAX_LISTED)
    .map(({ id, about, body }) => printable(`  ${id}  ${about}${body === undefined ? '' : `: ${body}`}`));
  if (items.length > MAX_LISTED) lines.push(`  ... and ${items.length - MAX_LISTED} more`);
  return [[`${report.source}: ${title}:`, ...lines].join('\n')];
}

function hints(reports: readonly Report[], { dryRun, deleteMalformed }: RedriveOptions): string[] {
  const found: string[] = [];
  if (dryRun) found.push('Nothing was changed. To send them, run again without --dry-run.');
  if (reports.some(({ failed, error }) => failed.length > 0 || error !== undefined)) {
    found.push('Failed messages are still where they were. Find the cause, then redrive again.');
  }
  if (!deleteMalformed && reports.some(({ malformed }) => malformed.length > 0)) {
    found.push('Malformed messages would fail again. Find their sender; --delete-malformed deletes them.');
  }
  return found;
}
